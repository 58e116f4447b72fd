import type { Layer } from '@ais/pipeline/settings';

/** Over the tiny scale. Rate and batch size were chosen on other seeds than the demo's (docs/decisions/demo.md). */
export const settings: Layer = {
  preference: { learningRate: 8e-3, batchSize: 16, microBatchSize: 16 },
  evaluation: { points: 10, klPrompts: 128, temperature: 0, klTemperature: 1 },
};
