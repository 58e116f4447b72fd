export type { ArrayDependency } from './job-arrays.js';
export type { SbatchFlags } from './sbatch-scripts.js';
export { type SbatchOptions, type SubmittableArray, writeSbatch } from './write-sbatch.js';
