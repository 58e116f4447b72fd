import { LanguageModelError } from '../../errors.js';
import { type GptNeoxConfiguration, gptNeoxConfiguration } from './configuration.js';

/** Layers, width and heads of Pythia's models, by the names that they were published under. */
const SHAPES = {
  '14m': { layerCount: 6, hiddenSize: 128, headCount: 4 },
  '31m': { layerCount: 6, hiddenSize: 256, headCount: 8 },
  '70m': { layerCount: 6, hiddenSize: 512, headCount: 8 },
  '160m': { layerCount: 12, hiddenSize: 768, headCount: 12 },
  '410m': { layerCount: 24, hiddenSize: 1024, headCount: 16 },
  '1b': { layerCount: 16, hiddenSize: 2048, headCount: 8 },
} as const;

/** The name of a Pythia model by its size, such as `70m`. */
export type PythiaSize = keyof typeof SHAPES;

/** Pythia's sizes up to 1b, the smallest first. */
export const PYTHIA_SIZES: readonly PythiaSize[] = Object.keys(SHAPES) as PythiaSize[];

/**
 * The configuration of a Pythia model: vocabulary 50,304, 2,048 positions, a quarter of each head turned, parallel
 * residual, untied head.
 *
 * @param size such as '70m'
 * @throws {LanguageModelError} `invalid-option` if there is no such size
 * @see https://arxiv.org/abs/2304.01373 table 1; 14m and 31m came later
 * @example
 * const configuration = pythiaConfiguration('70m');
 * console.log(configuration.layerCount, configuration.hiddenSize); // 6 512
 */
export function pythiaConfiguration(size: PythiaSize): GptNeoxConfiguration {
  if (!Object.hasOwn(SHAPES, size)) {
    throw new LanguageModelError(
      'invalid-option',
      `pythiaConfiguration: size must be one of ${PYTHIA_SIZES.join(', ')}, got ${JSON.stringify(size)}.`,
    );
  }
  return gptNeoxConfiguration({ vocabularySize: 50_304, ...SHAPES[size] });
}
