import type { MomentPrecision } from '@ais/trainer';
import { z } from 'zod';
import { count, type Fields, fraction, headed, name, setting, whole } from './setting.js';

/** How a model is optimized, the same for every step that trains. */
export interface TrainingSettings {
  /** Give `epochs` or `steps`. */
  readonly epochs?: number | undefined;
  readonly steps?: number | undefined;
  readonly iterations?: number | undefined;
  readonly batchSize: number;
  readonly microBatchSize: number;
  readonly learningRate: number;
  readonly schedule: 'constant' | 'linear' | 'cosine';
  readonly minimumRatio: number;
  /** Give at most one of `warmupSteps` and `warmupFraction`. */
  readonly warmupSteps?: number | undefined;
  readonly warmupFraction?: number | undefined;
  readonly adamBeta1: number;
  readonly adamBeta2: number;
  readonly adamEpsilon: number;
  readonly adamMoments?: MomentPrecision | undefined;
  readonly weightDecay: number;
  readonly decayExcept?: readonly string[] | undefined;
  readonly maxGradientNorm?: number | undefined;
  readonly checkpointEvery?: number | undefined;
  readonly keepCheckpoints: number;
  readonly lora?: LoraSettings | undefined;
  readonly freeze?: readonly string[] | undefined;
  readonly skipNonFinite?: number | undefined;
  readonly tensorBoard?: boolean | undefined;
}

export interface LoraSettings {
  readonly rank: number;
  readonly alpha?: number | undefined;
}

/** Which checkpoint is kept as the best, and when a run ends early. */
export interface SelectionSettings {
  readonly metric?: string | undefined;
  readonly mode?: 'max' | 'min' | undefined;
  readonly klBudget?: number | undefined;
  readonly patience?: number | undefined;
}

const loraFields: Fields<LoraSettings> = headed('Optimization', {
  rank: setting(count, 'r, the rank of what is added to each matrix.', {
    flag: '--lora-rank <number>',
    brief: 'train low-rank adapters of this rank',
  }),
  alpha: setting(z.number().positive().optional(), 'α: what is added is scaled by α/r; 2r by default.'),
});

/** The schema of each setting of optimization. */
export const trainingFields: Fields<TrainingSettings> = headed('Optimization', {
  epochs: setting(z.number().positive().optional(), 'Passes over the data, instead of steps.', {
    flag: '--epochs <number>',
    brief: 'passes over the data, instead of steps',
  }),
  steps: setting(count.optional(), 'Updates, instead of epochs.', {
    flag: '--steps <number>',
    brief: 'updates',
  }),
  iterations: setting(
    count.optional(),
    'Updates on each batch before the next; samples of the policy are drawn for the first and kept for the others. 1 by default.',
    '--iterations <number>',
  ),
  batchSize: setting(count, 'Examples per update.', {
    flag: '--batch-size <number>',
    brief: 'examples per update',
  }),
  microBatchSize: setting(count, 'Examples in memory at once.', '--micro-batch-size <number>'),
  learningRate: setting(z.number().nonnegative(), 'Peak learning rate.', {
    flag: '--learning-rate <number>',
    brief: 'peak learning rate',
  }),
  schedule: setting(
    z.enum(['constant', 'linear', 'cosine']).default('cosine'),
    'How the learning rate moves after warm-up.',
    '--schedule <name>',
  ),
  minimumRatio: setting(fraction.default(0), 'Share of the learning rate at which the schedule ends.'),
  warmupSteps: setting(whole.optional(), 'Updates of linear warm-up.', '--warmup-steps <number>'),
  warmupFraction: setting(
    fraction.optional(),
    'Warm-up as a share of the run, instead of warmupSteps.',
    '--warmup-fraction <share>',
  ),
  adamBeta1: setting(z.number().min(0).lt(1).default(0.9), 'AdamW’s β₁.'),
  adamBeta2: setting(z.number().min(0).lt(1).default(0.999), 'AdamW’s β₂.'),
  adamEpsilon: setting(z.number().positive().default(1e-5), 'AdamW’s ε; the paper’s authors use 1e-5.'),
  adamMoments: setting(
    z.enum(['float32', 'bfloat16']).optional(),
    'How AdamW’s moments are kept: float32 by default; bfloat16 takes 4 fewer bytes per parameter.',
  ),
  weightDecay: setting(
    z.number().nonnegative().default(0),
    'AdamW’s decoupled weight decay; norms and biases are not decayed.',
    '--weight-decay <number>',
  ),
  decayExcept: setting(
    z.array(name).optional(),
    'Regular expressions of the names of parameters that are not decayed, instead of those of norms and biases.',
    { flag: '--decay-except <pattern>', repeatable: true },
  ),
  maxGradientNorm: setting(
    z.number().positive().optional(),
    'Gradient norm to clip to; 1 unless it is set.',
    '--max-gradient-norm <number>',
  ),
  checkpointEvery: setting(
    count.optional(),
    'Updates between checkpoints; there is always one at the end.',
    '--checkpoint-every <number>',
  ),
  keepCheckpoints: setting(
    count.default(2),
    'How many of the newest checkpoints to keep.',
    '--keep-checkpoints <number>',
  ),
  lora: setting(
    z.strictObject(loraFields).optional(),
    'Train low-rank adapters of the attention and MLP matrices instead of the model.',
  ),
  freeze: setting(
    z.array(name).optional(),
    'Parameters that are not trained, by name; * stands for any part: *.layers.0.*',
    { flag: '--freeze <parameter>', repeatable: true },
  ),
  skipNonFinite: setting(
    count.optional(),
    'Skip updates that are not finite, and stop after this many in a row; by default the first one stops the run.',
  ),
  tensorBoard: setting(z.boolean().optional(), 'Write event files for TensorBoard as well.', '--tensorboard'),
});

/** The schema of each setting of which checkpoint is the best. */
export const selectionFields: Fields<SelectionSettings> = headed('Evaluation', {
  metric: setting(
    name.optional(),
    'What evaluations are compared by: by default eval_loss (sft), eval_accuracy (reward), eval_win_rate (train).',
  ),
  mode: setting(
    z.enum(['max', 'min']).optional(),
    'Whether more or less of the metric is better; by default less for a metric that ends in loss, more for others.',
  ),
  klBudget: setting(
    z.number().positive().optional(),
    'Nats from the reference: evaluations with a larger eval_kl cannot be the best.',
    '--kl-budget <nats>',
  ),
  patience: setting(
    count.optional(),
    'End the run after this many evaluations in a row that were not the best.',
    '--patience <number>',
  ),
});
