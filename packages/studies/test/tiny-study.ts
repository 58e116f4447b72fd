import type { PolicyStudySettings } from '../src/settings/study-settings.js';
import { policyPresetOf } from './preset-of.js';

const defaults = policyPresetOf('fig3').preference;
const training = {
  ...defaults,
  epochs: 1,
  batchSize: 16,
  microBatchSize: 16,
  learningRate: 1e-3,
  warmupFraction: 0,
};
const supervised = { ...training, batchSize: 32, learningRate: 1e-2, promptWeight: 0.3 };

/** A study with everything in it, at a size that takes seconds. */
export function tinyStudy(name: string): PolicyStudySettings {
  const preset = policyPresetOf(name);
  return {
    ...preset,
    corpus: {
      ...preset.corpus,
      supervised: 64,
      reward: 16,
      preference: 32,
      evaluation: 8,
      vocabularySize: 400,
      maxResponseTokens: 12,
    },
    policy: { layerCount: 1, hiddenSize: 16, headCount: 2, initializerRange: 0.1 },
    supervised,
    gold: {
      model: { layerCount: 1, hiddenSize: 32, headCount: 2, initializerRange: 0.1 },
      supervised,
      training,
      validationFraction: 0.25,
      judge: 'oracle',
    },
    preference: training,
    shift: { beta: 0.01, early: 0.5, late: 1 },
    online: { training, samples: 2, proxy: { training, validationFraction: 0.25 } },
    evaluation: { points: 1, klPrompts: 4, temperature: 0, weightedPairs: 8 },
    runs: preset.runs.filter(({ beta }) => beta === 0.01),
  };
}
