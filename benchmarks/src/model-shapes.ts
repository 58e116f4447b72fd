import type { GptNeoxOptions } from '@ais/language-model';

export const MODEL_NAMES = ['small', 'pythia-14m', 'pythia-31m', 'pythia-70m', 'pythia-160m'] as const;

/** One of Pythia's models, by its name on the Hub, or a small one for what is repeated often. */
export type ModelName = (typeof MODEL_NAMES)[number];

/** Their shapes. */
export const modelShapes: Readonly<Record<ModelName, GptNeoxOptions>> = {
  small: { vocabularySize: 4096, layerCount: 3, hiddenSize: 128, headCount: 4 },
  'pythia-14m': pythia(6, 128, 4),
  'pythia-31m': pythia(6, 256, 8),
  'pythia-70m': pythia(6, 512, 8),
  'pythia-160m': pythia(12, 768, 12),
};

function pythia(layerCount: number, hiddenSize: number, headCount: number): GptNeoxOptions {
  return { vocabularySize: 50_304, layerCount, hiddenSize, headCount };
}
