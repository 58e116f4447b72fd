import type { StudyScale } from './study-data.js';
import type { ScaleSettings } from './study-settings.js';

/** Minutes a figure on two cores with WASM: a closed vocabulary, a policy of about 160,000 parameters. */
const tiny: ScaleSettings = {
  source: 'synthetic',
  backend: 'wasm',
  corpus: {
    seed: 1,
    supervised: 9600,
    reward: 1500,
    preference: 2000,
    evaluation: 256,
    vocabularySize: 512,
    maxPromptTokens: 64,
    maxResponseTokens: 20,
  },
  // Copying a detail from the post is learned within a minute from weights this large, and not from the usual 0.02.
  policy: { layerCount: 2, hiddenSize: 64, headCount: 4, initializerRange: 0.08 },
  supervised: { epochs: 1, batchSize: 32, learningRate: 6e-3, warmupFraction: 0.1, promptWeight: 0 },
  gold: {
    model: { layerCount: 2, hiddenSize: 96, headCount: 6, initializerRange: 0.08 },
    supervised: { epochs: 1, batchSize: 32, learningRate: 6e-3, warmupFraction: 0.1, promptWeight: 0 },
    training: { epochs: 2, batchSize: 32, learningRate: 2e-3, warmupFraction: 0.1 },
    validationFraction: 0.15,
    judge: 'oracle',
  },
  preference: { epochs: 1, batchSize: 32, learningRate: 1e-3, warmupFraction: 0.1 },
  shift: { beta: 0.01, early: 0.2, late: 0.6 },
  online: {
    training: { epochs: 1, batchSize: 32, learningRate: 1e-3, warmupFraction: 0.03, schedule: 'constant' },
    samples: 2,
    proxy: {
      training: { epochs: 2, batchSize: 32, learningRate: 2e-3, warmupFraction: 0.1 },
      validationFraction: 0.1,
    },
  },
  evaluation: { points: 5, klPrompts: 64, weightedPairs: 512 },
  microBatchSize: 32,
};

/** Hours on two cores with native TensorFlow: Debian's package descriptions. */
const small: ScaleSettings = {
  source: 'debian',
  backend: 'native',
  corpus: {
    seed: 1,
    supervised: 21_000,
    reward: 4600,
    preference: 6500,
    evaluation: 256,
    vocabularySize: 3072,
    maxPromptTokens: 72,
    maxResponseTokens: 20,
  },
  policy: { layerCount: 3, hiddenSize: 128, headCount: 4, initializerRange: 0.02 },
  supervised: { epochs: 1, batchSize: 64, learningRate: 2e-3, warmupFraction: 0.05, promptWeight: 0.3 },
  gold: {
    model: { layerCount: 3, hiddenSize: 192, headCount: 6, initializerRange: 0.02 },
    supervised: { epochs: 1, batchSize: 64, learningRate: 2e-3, warmupFraction: 0.05, promptWeight: 0.3 },
    training: { epochs: 2, batchSize: 32, learningRate: 3e-4, warmupFraction: 0.1 },
    validationFraction: 0.1,
    judge: 'human',
  },
  // Of 1e-5, 3e-5, 5e-5, 1e-4 and 3e-4, the least at which unweighted DPO over-optimizes.
  preference: { epochs: 1, batchSize: 32, learningRate: 5e-5, warmupFraction: 0.1 },
  shift: { beta: 0.01, early: 0.2, late: 0.6 },
  online: {
    // Three times the preference rate, as in the paper.
    training: { epochs: 1, batchSize: 32, learningRate: 1.5e-4, warmupFraction: 0.03, schedule: 'constant' },
    samples: 2,
    proxy: {
      training: { epochs: 1, batchSize: 64, learningRate: 3e-4, warmupFraction: 0.1 },
      validationFraction: 0.1,
    },
  },
  evaluation: { points: 10, klPrompts: 256, weightedPairs: 1024 },
  microBatchSize: 32,
};

/**
 * The paper's: Pythia-1b on TL;DR, a gold model of 6.9 billion parameters on people's comparisons.
 *
 * Prompts of the preference pairs are posts of the SFT split, as people's comparisons have them.
 */
const paper: ScaleSettings = {
  source: 'vwxyzjn/summarize_from_feedback_tldr_3_filtered',
  backend: 'native-gpu',
  corpus: {
    seed: 1,
    supervised: 116_722,
    reward: 6447,
    preference: 92_800,
    evaluation: 512,
    vocabularySize: 50_304,
    maxPromptTokens: 512,
    maxResponseTokens: 128,
    splits: { supervised: 'train', reward: 'validation', preference: 'train', evaluation: 'test' },
  },
  policy: { pretrained: 'EleutherAI/pythia-1b-deduped' },
  supervised: { epochs: 1, batchSize: 64, learningRate: 3e-6, warmupFraction: 0, promptWeight: 0 },
  gold: {
    model: { pretrained: 'EleutherAI/pythia-6.9b-deduped' },
    supervised: { epochs: 1, batchSize: 64, learningRate: 3e-6, warmupFraction: 0, promptWeight: 0 },
    training: { epochs: 1, batchSize: 64, learningRate: 3e-6, warmupFraction: 0 },
    validationFraction: 0.05,
    judge: 'trl-lib/tldr-preference',
  },
  // 1,450 updates, 150 of them warm-up.
  preference: { epochs: 1, batchSize: 64, learningRate: 1e-6, warmupFraction: 150 / 1450 },
  shift: { beta: 0.01, early: 0.2, late: 0.6 },
  online: {
    // The batch of 512 counts responses: 256 prompts. 1,200 updates are then 3.3 epochs, as the paper says.
    training: {
      epochs: (1200 * 256) / 92_800,
      batchSize: 256,
      learningRate: 3e-6,
      warmupFraction: 0.03,
      schedule: 'constant',
    },
    samples: 2,
    proxy: {
      training: { epochs: 1, batchSize: 64, learningRate: 3e-6, warmupFraction: 0 },
      validationFraction: 0.05,
    },
  },
  evaluation: { points: 10, klPrompts: 512, weightedPairs: 4096 },
  microBatchSize: 8,
};

export const studyScales: Readonly<Record<StudyScale, ScaleSettings>> = { tiny, small, paper };
