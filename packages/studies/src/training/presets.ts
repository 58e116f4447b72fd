import { paperRloo } from '@ais/trainer';
import type { CommandName, Settings } from './settings.js';

export type PresetName = 'tiny' | 'small' | 'paper';

/** What the presets share: the authors' optimizer. */
const optimizer = {
  minimumRatio: 0,
  adamBeta1: 0.9,
  adamBeta2: 0.999,
  adamEpsilon: 1e-5,
  weightDecay: 0,
  maxGradientNorm: 1,
  keepCheckpoints: 2,
};

const scales = {
  /** Minutes on two cores with WASM: a closed vocabulary, a policy of about two hundred thousand parameters. */
  tiny: {
    text: { source: 'synthetic', seed: 1, backend: 'wasm' },
    shape: { vocabularySize: 512, layerCount: 2, hiddenSize: 64, headCount: 4, initializerRange: 0.08 },
    lengths: { maxPromptTokens: 64, maxResponseTokens: 20 },
    records: { sft: 9600, reward: 1500, train: 2000, heldOut: 256 },
    batchSize: 32,
    microBatchSize: 32,
    evaluation: { points: 10, prompts: 128, klPrompts: 128, temperature: 0.01 },
  },
  /** Hours on two cores with native TensorFlow: Debian's package descriptions. */
  small: {
    text: { source: 'debian', seed: 1, backend: 'native' },
    shape: { vocabularySize: 3072, layerCount: 3, hiddenSize: 128, headCount: 4, initializerRange: 0.02 },
    lengths: { maxPromptTokens: 72, maxResponseTokens: 20 },
    records: { sft: 21_000, reward: 4600, train: 6500, heldOut: 256 },
    batchSize: 64,
    microBatchSize: 32,
    evaluation: { points: 10, prompts: 256, klPrompts: 256, temperature: 0.01 },
  },
  /** Pythia-1b and TL;DR. */
  paper: {
    text: { source: 'vwxyzjn/summarize_from_feedback_tldr_3_filtered', seed: 1, backend: 'native-gpu' },
    shape: { vocabularySize: 50_304, layerCount: 16, hiddenSize: 2048, headCount: 8, initializerRange: 0.02 },
    lengths: { maxPromptTokens: 512, maxResponseTokens: 128 },
    records: { sft: 116_722, reward: 92_858, train: 92_858, heldOut: 512 },
    batchSize: 64,
    microBatchSize: 8,
    evaluation: { points: 10, prompts: 512, klPrompts: 512, temperature: 0.01 },
  },
} as const;

/** How each stage learns at each scale; the paper's column is spec.md's, section 5. */
const learning = {
  sft: {
    tiny: { epochs: 1, learningRate: 6e-3, schedule: 'cosine', warmupFraction: 0.1 },
    small: { epochs: 1, learningRate: 2e-3, schedule: 'cosine', warmupFraction: 0.05 },
    paper: { epochs: 1, learningRate: 3e-6, schedule: 'cosine', warmupSteps: 0 },
  },
  reward: {
    tiny: { epochs: 2, learningRate: 2e-3, schedule: 'cosine', warmupFraction: 0.1 },
    small: { epochs: 2, learningRate: 3e-4, schedule: 'cosine', warmupFraction: 0.1 },
    paper: { epochs: 1, learningRate: 3e-6, schedule: 'cosine', warmupSteps: 0 },
  },
  train: {
    tiny: { epochs: 1, learningRate: 1e-3, schedule: 'cosine', warmupFraction: 0.1 },
    small: { epochs: 1, learningRate: 1e-4, schedule: 'cosine', warmupFraction: 0.1 },
    paper: { steps: 1450, learningRate: 1e-6, schedule: 'cosine', warmupSteps: 150 },
  },
} as const;

/**
 * The defaults of a command at a scale.
 *
 * Keys that only the user can know (a model, a file of responses) are absent.
 *
 * @param objective of `train`: RLOO has settings of its own in the paper
 */
export function presetSettings<Name extends CommandName>(
  command: Name,
  preset: PresetName,
  objective?: unknown,
): Partial<Settings<Name>> {
  const scale = scales[preset];
  const { heldOut } = scale.records;
  const data = (records: number) => ({ records, heldOut, ...scale.lengths });
  const training = (stage: keyof typeof learning) => ({
    ...optimizer,
    batchSize: scale.batchSize,
    microBatchSize: scale.microBatchSize,
    ...learning[stage][preset],
  });
  const { batchSize, steps, learningRate, warmupFraction, samples } = paperRloo;
  const rloo = {
    ...optimizer,
    ...{ batchSize, steps, learningRate, warmupFraction },
    microBatchSize: scale.microBatchSize,
    schedule: 'constant' as const,
  };
  const common = { preset, ...scale.text };
  const prompts = { prompts: scale.evaluation.prompts, data: data(scale.records.train) };
  const defaults: { readonly [Key in CommandName]: Partial<Settings<Key>> } = {
    sft: {
      ...common,
      shape: scale.shape,
      data: data(scale.records.sft),
      training: training('sft'),
      evaluation: { ...scale.evaluation, points: 4, klPrompts: 0 },
      promptWeight: preset === 'small' ? 0.3 : 0,
    },
    reward: {
      ...common,
      shape: scale.shape,
      data: data(scale.records.reward),
      training: training('reward'),
      validationFraction: 0.1,
      validationPoints: 0,
      centering: 0,
    },
    train: {
      ...common,
      shape: scale.shape,
      data: data(scale.records.train),
      training: preset === 'paper' && objective === 'rloo' ? rloo : training('train'),
      evaluation: scale.evaluation,
      validationFraction: preset === 'paper' ? 0 : 0.05,
      objective: 'dpo',
      objectiveOptions: {},
      beta: 0.05,
      importance: 'none',
      behavior: 'data',
      online: false,
      samples,
      missingEndPenalty: 0,
      labels: 'mode',
    },
    generate: { ...common, ...prompts, split: 'preference', samples: 2, temperature: 1 },
    label: {
      ...common,
      ...{ rule: 'mode', temperature: 1, noise: 0, ties: 'drop', tieTolerance: 0, batchSize: 32 },
    },
    evaluate: {
      ...common,
      ...prompts,
      split: 'evaluation',
      klPrompts: scale.evaluation.klPrompts,
      temperature: scale.evaluation.temperature,
    },
  };
  return defaults[command];
}
