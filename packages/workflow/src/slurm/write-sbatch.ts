import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJson, writeWhole } from '@ais/runtime/files';
import { WorkflowError } from '../errors.js';
import { requireWhole } from '../require-whole.js';
import type { StageOrder } from '../stage-order.js';
import { type ArrayDependency, jobArrays } from './job-arrays.js';
import {
  type JobCommand,
  lastScript,
  type SbatchFlags,
  stageScript,
  submitScript,
} from './sbatch-scripts.js';

/** Options of `writeSbatch`. */
export interface SbatchOptions {
  /** The folder of the scripts and orders, a new one: jobs of an earlier plan may still wait for theirs. */
  readonly directory: string;
  /** In the names of the jobs. */
  readonly title: string;
  /** The words of the command that runs the stage of an order, which is given as `--order FILE` behind them. */
  readonly stage: readonly string[];
  /** The words of a command that runs once all stages have ended, whether they succeeded or not. */
  readonly last?: readonly string[];
  /** Where the commands run; an absolute path. */
  readonly workingDirectory: string;
  /** Further options of sbatch by their long names: `{ partition: 'gpu', time: '4:00:00' }`; without a value, ''. */
  readonly flags?: SbatchFlags;
  /** Stages of one array that run at once; by default, as many as Slurm allows. */
  readonly limit?: number;
}

/** An array of jobs as `submit.sh` submits it. */
export interface SubmittableArray {
  readonly name: string;
  readonly stages: number;
  readonly after: readonly ArrayDependency[];
}

const SUBMIT = 'submit.sh';
const STAGE = 'stage.sh';
const LAST = 'last.sh';

/** What the scripts decide themselves. */
const OURS = new Set([
  ...['array', 'dependency', 'job-name', 'kill-on-invalid-dep', 'no-requeue', 'open-mode', 'output'],
  ...['parsable', 'requeue', 'signal', 'wrap', 'chdir'],
]);

/**
 * Writes scripts that run a plan on Slurm: `bash <directory>/submit.sh` submits an array of jobs for each kind of stages, which
 * wait for one another. Each element runs one stage by its order. A stage that is stopped before its time is over or that is
 * killed is queued again, and resumes.
 *
 * @param plan the orders to run; what they need besides must be finished
 * @returns the arrays, in the order in which they are submitted
 * @throws {WorkflowError} `invalid-option` for an option that the scripts set themselves, or that is none, and for a limit that is not an
 *   integer, or below 1
 * @throws {FileError} `disk-full`, `not-writable`
 * @example
 * const store = directoryStore('runs/cluster');
 * const needed = stageSpec(numbers, { upTo: 3 }, {});
 * const plan = [needed, stageSpec(sum, {}, { numbers: needed })].map((stage) => stageOrder(stage, store, stage.kind.name));
 * const arrays = await writeSbatch(plan, {
 *   directory: 'runs/slurm-1',
 *   title: 'sums',
 *   workingDirectory: process.cwd(),
 *   stage: ['node', 'stage.js'],
 *   flags: { time: '1:00:00' },
 * });
 * console.log(arrays.map(({ name }) => name)); // [ '0-numbers', '1-sum' ]
 */
export async function writeSbatch(
  plan: readonly StageOrder[],
  { directory, title, stage, last, workingDirectory, flags = {}, limit }: SbatchOptions,
): Promise<SubmittableArray[]> {
  requireFlags(flags);
  if (limit !== undefined) requireWhole('limit', limit, 1);
  const arrays = jobArrays(plan);
  for (const { name, tasks } of arrays) {
    await mkdir(join(directory, name), { recursive: true });
    for (const [index, order] of tasks) await writeJson(join(directory, name, `${index}.json`), order);
  }
  const job = (words: readonly string[]): JobCommand => ({ words, directory: workingDirectory });
  await writeWhole(join(directory, STAGE), stageScript(job(stage)));
  if (last) await writeWhole(join(directory, LAST), lastScript(job(last)));
  const submission = { title, flags, limit, last: last && LAST };
  await writeWhole(join(directory, SUBMIT), submitScript(arrays, submission));
  return arrays.map(({ name, tasks, after }) => ({ name, stages: tasks.size, after }));
}

function requireFlags(flags: SbatchFlags): void {
  for (const name of Object.keys(flags)) {
    const isOurs = OURS.has(name);
    if (!isOurs && /^[a-z][a-z-]*$/.test(name)) continue;
    throw new WorkflowError(
      'invalid-option',
      isOurs
        ? `the option --${name} of sbatch is set by the scripts themselves. Leave it out.`
        : `"${name}" is not the long name of an option of sbatch. Name it as in partition=gpu.`,
    );
  }
}
