import type { GptNeoxOptions } from '@ais/language-model';
import { PYTHIA_SIZES, type PythiaSize, pythiaConfiguration } from '@ais/language-model/gpt-neox';

/** One of Pythia's models, by its name on the Hub, or a small one for what is repeated often. */
export type ModelName = 'small' | `pythia-${PythiaSize}`;

const pythia = PYTHIA_SIZES.map((size) => [`pythia-${size}`, pythiaConfiguration(size)] as const);

/** Their shapes, the smallest first. */
export const modelShapes: Readonly<Record<ModelName, GptNeoxOptions>> = {
  small: { vocabularySize: 4096, layerCount: 3, hiddenSize: 128, headCount: 4 },
  ...(Object.fromEntries(pythia) as Record<`pythia-${PythiaSize}`, GptNeoxOptions>),
};

export const MODEL_NAMES: readonly ModelName[] = Object.keys(modelShapes) as ModelName[];
