export { requireFiniteWeights } from './checkpoint/finite-weights.js';
export {
  openSafetensors,
  type SafetensorsFile,
  type TensorToWrite,
  writeSafetensors,
} from './checkpoint/safetensors.js';
export type { SafetensorsEntry } from './checkpoint/safetensors-header.js';
