import type { Layer } from '@ais/pipeline/settings';

/** Over the tiny scale. The learning rate was chosen on other seeds than the demo's (docs/decisions/demo.md). */
export const settings: Layer = {
  preference: { learningRate: 8e-3 },
  evaluation: { points: 10, klPrompts: 128 },
};
