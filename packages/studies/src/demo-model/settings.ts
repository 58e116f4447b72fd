import type { Layer } from '@ais/pipeline/settings';

/** The model that is aligned unless another one is named. */
const DEMO_MODEL = 'smollm2-135m-instruct';

/** Over the tiny scale. Rate and epochs were chosen on other seeds than the reported one (docs/decisions/demo-model.md). */
export const settings: Layer = {
  source: 'facts',
  backend: 'native',
  corpus: {
    supervised: 0,
    reward: 0,
    preference: 320,
    evaluation: 64,
    maxPromptTokens: 256,
    maxResponseTokens: 40,
    longResponses: 'cut',
  },
  policy: { pretrained: DEMO_MODEL },
  gold: { judge: 'facts' },
  preference: { epochs: 1, learningRate: 2e-5, batchSize: 16, microBatchSize: 4, checkpointEvery: 10 },
  evaluation: {
    points: 5,
    klPrompts: 32,
    temperature: 0,
    klTemperature: 1,
    weightedPairs: 320,
    against: 'start',
  },
};

/**
 * Settings for a model, and for how it is trained.
 *
 * @example
 * console.log(demoModelLayer({ model: 'owner/name', lora: false })); // { policy: { pretrained: 'owner/name' } }
 */
export function demoModelLayer({ model, lora }: { readonly model: string; readonly lora: boolean }): Layer {
  return {
    ...(model !== DEMO_MODEL && { policy: { pretrained: model } }),
    ...(lora && { preference: LORA }),
  };
}

/** Adapters start from nothing, and take about ten times the rate of whole matrices. */
const LORA: Layer = { lora: { rank: 16 }, learningRate: 2e-4 };
