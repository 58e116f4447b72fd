import type { GptNeoxOptions } from '@ais/language-model';

export const MODEL_NAMES = ['pythia-14m', 'pythia-31m', 'pythia-70m', 'pythia-160m'] as const;

/** One of Pythia's models, by its name on the Hub. */
export type ModelName = (typeof MODEL_NAMES)[number];

/** Their shapes. */
export const modelShapes: Readonly<Record<ModelName, GptNeoxOptions>> = {
  'pythia-14m': shape(6, 128, 4),
  'pythia-31m': shape(6, 256, 8),
  'pythia-70m': shape(6, 512, 8),
  'pythia-160m': shape(12, 768, 12),
};

function shape(layerCount: number, hiddenSize: number, headCount: number): GptNeoxOptions {
  return { vocabularySize: 50_304, layerCount, hiddenSize, headCount };
}
