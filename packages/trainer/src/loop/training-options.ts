import { TrainerError } from '../errors.js';
import { alone, type ProcessGroup } from '../group/process-group.js';
import type { AdamWSettings } from '../optimizer/adamw.js';
import { constantSchedule, resolveWarmupSteps, type Schedule } from '../optimizer/schedules.js';
import { requireUpdateOptions } from '../optimizer/update-options.js';
import type { JsonObject } from '../run/json.js';
import { requireWhole } from '../run/require-whole.js';
import { type CheckpointSelection, type EvaluationRecord, requireSelection } from './checkpoint-selection.js';
import type { TrainingCallback, TrainingProgress } from './training-callbacks.js';
import type { Metrics } from './training-metrics.js';
import { requireWatch, type WatchOptions } from './training-monitor.js';

export type { Metrics };

/** Low-rank adaptation: each matrix W of attention and MLP becomes W₀ + (α/r)·B·A, and A and B alone are trained. */
export interface LoraOptions {
  /** r: A has r rows, B has r columns. */
  readonly rank: number;
  /** α; twice the rank by default. PEFT: `lora_alpha`. */
  readonly alpha?: number;
}

/** Where a run is when it is evaluated. */
export interface EvaluationContext {
  /** Updates done: 0 before the first. */
  readonly step: number;
  /** Updates of the whole run. */
  readonly steps: number;
  /** Passes over the data done, with fractions. */
  readonly epoch: number;
  /** Aborted when the run is to stop: hand it on to what takes long. */
  readonly signal?: AbortSignal;
}

/** Options of every kind of training. */
export interface TrainingOptions {
  /** The run directory: config.json, metrics.jsonl, and checkpoints/ are written there. */
  readonly directory: string;
  /** Decides the order of the examples. */
  readonly seed: number;
  /** Passes over the data, with fractions, a part of an update counted as a whole one; 1 unless `steps` is given. */
  readonly epochs?: number;
  /** Updates, instead of `epochs`. */
  readonly steps?: number;
  /** Examples an update. */
  readonly batchSize: number;
  /**
   * Updates on each batch before the next one; 1 by default. Stages that learn from samples draw them for the first of these updates and
   * keep them, with their log-probabilities, for the others. TRL: `num_iterations`.
   */
  readonly iterations?: number;
  /** Examples that are in a process's memory at once; `batchSize` by default. The result is the same but for rounding. */
  readonly microBatchSize?: number;
  /**
   * Processes that train together, each on its own part of every batch: `batchSize` is that of all of them, and every process makes the same
   * call. Rank 0 alone writes, evaluates, and calls back. One process by default.
   */
  readonly group?: ProcessGroup;
  readonly learningRate: number;
  /** How the learning rate moves; constant by default. */
  readonly schedule?: Schedule;
  /** Updates over which the learning rate rises from 0. */
  readonly warmupSteps?: number;
  /** The same as a fraction of the run. */
  readonly warmupFraction?: number;
  readonly adamw?: AdamWSettings;
  /** The global gradient norm to clip to; no clipping by default. */
  readonly maxGradientNorm?: number;
  /** Trains low-rank adapters of the attention and MLP matrices instead of the model, and merges them into it in the end. */
  readonly lora?: LoraOptions;
  /** Which parameters stay as they are, by name; none by default. With `lora`, names are those of adapters: `….lora_A.weight`. */
  readonly freeze?: (name: string) => boolean;
  /**
   * What to do when a loss or the gradient is NaN or infinite: `stop` (the default) leaves a dump that reproduces the
   * step and throws `NonFiniteTraining`; `{ skip: n }` leaves the step out, and stops after n of them in a row.
   */
  readonly nonFinite?: 'stop' | { readonly skip: number };
  /** A dump's folder (`non-finite/step-N` of a run): its step is repeated instead of training, and nothing written. */
  readonly replay?: string;
  /** Updates between checkpoints; by default, one is written at the end and on interruption only. */
  readonly checkpointEvery?: number;
  /** How many of the newest checkpoints stay; 2 by default. */
  readonly keepCheckpoints?: number;
  /** Which evaluation is the best: its checkpoint is written and kept beside the newest, and the run may end early by it. */
  readonly selection?: CheckpointSelection;
  /** When to warn of a loss that leaps, or of importance weights that collapse. */
  readonly watch?: WatchOptions;
  /** Functions that are called along the run, and may stop it. */
  readonly callbacks?: readonly TrainingCallback[];
  /** After how many updates `onEvaluate` is called; 0 is before the first. */
  readonly evaluateAt?: readonly number[];
  /** Measures the current model; what it returns goes into metrics.jsonl by the names given. It must not depend on earlier calls. */
  readonly onEvaluate?: (context: EvaluationContext) => Promise<Metrics>;
  /** When aborted, a checkpoint is written and `TrainingInterrupted` thrown. */
  readonly signal?: AbortSignal;
  /** Called after each step, and after the evaluation with which the run ends, if there is one. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Told of what is odd but no failure, such as a damaged checkpoint; by default it goes to `console.warn`. */
  readonly onWarning?: (message: string) => void;
  /** Continue where the run in `directory` stopped; begins the run if there is none. */
  readonly resume?: boolean;
  /** Written into config.json and compared on resume: what the run depends on beyond these options. */
  readonly configuration?: JsonObject;
  /** Written into config.json for the user who resumes; may differ then, and those that are not given again stay. */
  readonly notes?: JsonObject;
  /** Saved into every checkpoint beside the model, so that a checkpoint opens on its own. */
  readonly tokenizer?: { save(directory: string): Promise<void> };
}

/** What a finished run leaves. */
export interface TrainingResult {
  readonly directory: string;
  /** Updates done. */
  readonly steps: number;
  /** The folder of the last checkpoint. */
  readonly checkpoint: string;
  /** The last step's metrics. */
  readonly metrics: Metrics;
  /** Every evaluation of the run, in order. */
  readonly evaluations: readonly EvaluationRecord[];
  /** The best evaluation by `selection`, and its checkpoint; nothing without a selection, or where none is within its budget. */
  readonly best?: EvaluationRecord & { readonly checkpoint: string };
  /** Why the run ended before its last step, where it did. */
  readonly stopped?: string;
  /** Duration of this call, in seconds. */
  readonly seconds: number;
}

/** The options with every default filled in. */
export interface TrainingPlan {
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly iterations: number;
  readonly warmupSteps: number;
  readonly batchSize: number;
  readonly microBatchSize: number;
  readonly schedule: Schedule;
  readonly evaluateAt: ReadonlySet<number>;
}

/**
 * Updates of a run over `exampleCount` examples: `steps`, or those of `epochs` passes, where a part of an update counts as a whole one.
 *
 * @throws {TrainerError} `invalid-option` naming the number that is out of range
 * @example
 * console.log(trainingSteps({ epochs: 2, batchSize: 8 }, 100)); // 26
 */
export function trainingSteps(
  {
    steps,
    epochs = 1,
    batchSize,
    iterations = 1,
  }: {
    readonly steps?: number | undefined;
    readonly epochs?: number | undefined;
    readonly batchSize: number;
    readonly iterations?: number | undefined;
  },
  exampleCount: number,
): number {
  requireWhole('batchSize', batchSize, 1);
  requireWhole('iterations', iterations, 1);
  requireWhole('exampleCount', exampleCount, 0);
  if (!(epochs > 0 && Number.isFinite(epochs))) {
    throw new TrainerError('invalid-option', `epochs must be above 0, got ${epochs}.`);
  }
  if (steps !== undefined) {
    requireWhole('steps', steps, 1);
    return steps;
  }
  const exact = epochs * Math.ceil(exampleCount / batchSize) * iterations;
  // 0.1 · 30 is 3.0000000000000004 and stands for 3.
  return Math.max(1, Math.ceil(exact * (1 - 1e-12)));
}

/**
 * Fills in the defaults and checks the ranges, before anything is written.
 *
 * @throws {TrainerError} `invalid-option` naming the option
 */
export function planTraining(exampleCount: number, options: TrainingOptions): TrainingPlan {
  const {
    batchSize,
    microBatchSize = batchSize,
    epochs,
    iterations = 1,
    schedule = constantSchedule(),
  } = options;
  if (exampleCount === 0) throw new TrainerError('invalid-option', 'There are no examples to train on.');
  if (epochs !== undefined && options.steps !== undefined) {
    throw new TrainerError('invalid-option', 'Give epochs or steps, not both.');
  }
  const steps = trainingSteps(options, exampleCount);
  requireWhole('microBatchSize', microBatchSize, 1);
  const { size } = options.group ?? alone;
  if (batchSize < size) {
    throw new TrainerError(
      'invalid-option',
      `batchSize must be at least the number of processes, ${size}, got ${batchSize}: each computes a part of every batch.`,
    );
  }
  if (size > 1 && options.replay !== undefined) {
    throw new TrainerError(
      'invalid-option',
      'replay repeats a step in one process. Start it without mpirun.',
    );
  }
  const stepsPerEpoch = Math.ceil(exampleCount / batchSize) * iterations;
  requireUpdateOptions(options);
  if (options.checkpointEvery !== undefined) requireWhole('checkpointEvery', options.checkpointEvery, 1);
  if (options.keepCheckpoints !== undefined) requireWhole('keepCheckpoints', options.keepCheckpoints, 1);
  if (typeof options.nonFinite === 'object') requireWhole('nonFinite.skip', options.nonFinite.skip, 1);
  requireSelection(options.selection);
  requireWatch(options.watch);
  for (const step of options.evaluateAt ?? []) {
    requireWhole('evaluateAt', step, 0);
    if (step > steps)
      throw new TrainerError(
        'invalid-option',
        `evaluateAt: step ${step} is beyond the end of a run of ${steps} steps.`,
      );
  }
  const warmupSteps = resolveWarmupSteps(steps, options);
  const evaluateAt = new Set(options.onEvaluate ? options.evaluateAt : []);
  return { steps, stepsPerEpoch, iterations, warmupSteps, batchSize, microBatchSize, schedule, evaluateAt };
}
