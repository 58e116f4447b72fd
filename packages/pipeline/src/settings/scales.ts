import type { SplitName } from './command-settings.js';
import type { ShapeSettings } from './model-settings.js';
import type { DataSettings } from './text-settings.js';
import type { TrainingSettings } from './training-settings.js';

/** How long, how fast and in which batches a step trains; everything else of `TrainingSettings` has a default. */
export type Learning = Partial<TrainingSettings> & Pick<TrainingSettings, 'batchSize' | 'learningRate'>;

/** A size at which everything is run: text, model, and how each step learns. Commands and studies both start from it. */
export interface Scale {
  readonly source: string;
  readonly backend: 'native' | 'native-gpu' | 'wasm';
  /** Which split each step reads, for a data set that is split already. */
  readonly splits?: Readonly<Record<SplitName, string>>;
  readonly records: Readonly<Record<SplitName, number>>;
  readonly lengths: Pick<DataSettings, 'maxPromptTokens' | 'maxResponseTokens'> &
    Partial<Pick<DataSettings, 'longPrompts'>>;
  readonly shape: ShapeSettings;
  /** Models of the Hub that studies start from instead of a model of this shape: the policy, and the gold model. */
  readonly pretrained?: { readonly policy: string; readonly gold: string };
  readonly microBatchSize: number;
  /** Weight of a prompt token in SFT. */
  readonly promptWeight: number;
  readonly sft: Learning;
  readonly reward: Learning;
  /** Preference training. */
  readonly train: Learning;
}

/** Minutes on two cores with WASM: a closed vocabulary, a policy of about 160,000 parameters. */
const tiny: Scale = {
  source: 'synthetic',
  backend: 'wasm',
  records: { supervised: 9600, reward: 1500, preference: 2000, evaluation: 256 },
  lengths: { maxPromptTokens: 64, maxResponseTokens: 20 },
  // Copying a detail from the post is learned within a minute from weights this large, and not from the usual 0.02.
  shape: { vocabularySize: 512, layerCount: 2, hiddenSize: 64, headCount: 4, initializerRange: 0.08 },
  microBatchSize: 32,
  promptWeight: 0,
  sft: { epochs: 1, batchSize: 32, learningRate: 6e-3, warmupFraction: 0.1 },
  reward: { epochs: 2, batchSize: 32, learningRate: 2e-3, warmupFraction: 0.1 },
  train: { epochs: 1, batchSize: 32, learningRate: 1e-3, warmupFraction: 0.1 },
};

/** Hours on two cores with native TensorFlow: Debian's package descriptions. */
const small: Scale = {
  source: 'debian',
  backend: 'native',
  records: { supervised: 21_000, reward: 4600, preference: 6500, evaluation: 256 },
  lengths: { maxPromptTokens: 72, maxResponseTokens: 20 },
  shape: { vocabularySize: 3072, layerCount: 3, hiddenSize: 128, headCount: 4, initializerRange: 0.02 },
  microBatchSize: 32,
  promptWeight: 0.3,
  sft: { epochs: 1, batchSize: 64, learningRate: 2e-3, warmupFraction: 0.05 },
  reward: { epochs: 2, batchSize: 32, learningRate: 3e-4, warmupFraction: 0.1 },
  // The largest of 3e-5, 5e-5, and 1e-4 at which unweighted DPO does not over-optimize. Studies of that take 1e-4 (docs/results/synopses.yaml).
  train: { epochs: 1, batchSize: 32, learningRate: 5e-5, warmupFraction: 0.1 },
};

/** The paper's: Pythia-1b on TL;DR. */
const paper: Scale = {
  source: 'vwxyzjn/summarize_from_feedback_tldr_3_filtered',
  backend: 'native-gpu',
  splits: { supervised: 'train', reward: 'validation', preference: 'train', evaluation: 'test' },
  records: { supervised: 116_722, reward: 6447, preference: 92_800, evaluation: 512 },
  // A few titles alone are longer.
  lengths: { maxPromptTokens: 512, maxResponseTokens: 128, longPrompts: 'drop' },
  shape: { vocabularySize: 50_304, layerCount: 16, hiddenSize: 2048, headCount: 8, initializerRange: 0.02 },
  pretrained: { policy: 'EleutherAI/pythia-1b-deduped', gold: 'EleutherAI/pythia-6.9b-deduped' },
  microBatchSize: 8,
  promptWeight: 0,
  sft: { epochs: 1, batchSize: 64, learningRate: 3e-6, warmupSteps: 0 },
  reward: { epochs: 1, batchSize: 64, learningRate: 3e-6, warmupSteps: 0 },
  // 1,450 updates, 150 of them warm-up.
  train: { steps: 1450, batchSize: 64, learningRate: 1e-6, warmupSteps: 150 },
};

/** RLOO's training in the paper, in place of the other objectives': `paperRloo` of @ais/trainer says where each number comes from. */
export const paperOnline: Learning = {
  batchSize: 256,
  steps: 1200,
  learningRate: 3e-6,
  warmupFraction: 0.03,
  schedule: 'constant',
};

/** The paper's bound on the norm of the gradient. */
export const MAX_GRADIENT_NORM = 1;

/** The scales, from the smallest to the largest. */
export const scaleNames = ['tiny', 'small', 'paper'] as const;
/** The name of a scale. */
export type ScaleName = (typeof scaleNames)[number];

/** The scales by their names: the model, the text, and the training of each. */
export const scales: Readonly<Record<ScaleName, Scale>> = { tiny, small, paper };
