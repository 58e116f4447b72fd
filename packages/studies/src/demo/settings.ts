import type { Layer } from '@ais/pipeline/settings';

/** Over the tiny scale: few pairs, seen often. Chosen on other seeds than the demo's (docs/decisions/demo.md). */
export const settings: Layer = {
  corpus: { preference: 200 },
  preference: { epochs: 12, learningRate: 4e-3, batchSize: 16, microBatchSize: 16 },
  evaluation: { points: 10, klPrompts: 128, temperature: 0, klTemperature: 1 },
};
