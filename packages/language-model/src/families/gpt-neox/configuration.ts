import type { ConfigurationOptions, ModelConfiguration } from '../architecture.js';
import { completeConfiguration, invalidField, requireDivisor } from '../complete-configuration.js';

/** The configuration of a GPT-NeoX model, in full words; `config.json` has Hugging Face's names for the same. */
export interface GptNeoxConfiguration extends ModelConfiguration {
  /** Share of each head's dimensions that the rotary embedding turns. */
  readonly rotaryFraction: number;
  readonly rotaryBase: number;
  readonly layerNormEpsilon: number;
  /** x + attention(LN₁ x) + mlp(LN₂ x) where true, h = x + attention(LN₁ x), h + mlp(LN₂ h) where false. */
  readonly useParallelResidual: boolean;
  /** Whether the attention's two dense layers have biases. */
  readonly attentionBias: boolean;
}

/** What a configuration needs; the rest has GPT-NeoX's defaults. */
export type GptNeoxOptions = ConfigurationOptions<GptNeoxConfiguration>;

/** How many dimensions of each head the rotary embedding turns: head size · fraction, cut off as `transformers` does. */
export function rotaryDimensions({
  rotaryFraction,
  hiddenSize,
  headCount,
}: Pick<GptNeoxConfiguration, 'rotaryFraction' | 'hiddenSize' | 'headCount'>): number {
  return Math.trunc((hiddenSize / headCount) * rotaryFraction);
}

/** The fraction by which `rotaryDimensions` gives a number of dimensions. */
export function rotaryFractionOf(
  dimensions: number,
  sizes: Pick<GptNeoxConfiguration, 'hiddenSize' | 'headCount'>,
): number {
  const rotaryFraction = dimensions / (sizes.hiddenSize / sizes.headCount);
  // The quotient is rounded, and below it a dimension would be cut off: 30 of 44 become 29.
  const isBelow = rotaryDimensions({ ...sizes, rotaryFraction }) < dimensions;
  return isBelow ? rotaryFraction * (1 + Number.EPSILON) : rotaryFraction;
}

/**
 * Completes and checks a configuration.
 *
 * @param options at least vocabulary size, hidden size, layers and heads; `intermediateSize` is 4 × `hiddenSize`
 *   by default, the rest as in Pythia (rotary fraction 0.25, base 10,000, ε 1e-5, 2,048 positions, parallel
 *   residual, untied head, biases, initializer range 0.02, end of text [0])
 * @returns the whole configuration
 * @throws {LanguageModelError} `invalid-configuration` naming the field
 * @example
 * const configuration = gptNeoxConfiguration({ vocabularySize: 512, hiddenSize: 64, layerCount: 3, headCount: 4 });
 */
export function gptNeoxConfiguration(options: GptNeoxOptions): GptNeoxConfiguration {
  const configuration = completeConfiguration<GptNeoxConfiguration>(
    options,
    {
      intermediateSize: 4 * options.hiddenSize,
      rotaryFraction: 0.25,
      rotaryBase: 10_000,
      layerNormEpsilon: 1e-5,
      maxPositions: 2048,
      useParallelResidual: true,
      attentionBias: true,
    },
    { positive: ['rotaryBase', 'layerNormEpsilon'], flags: ['useParallelResidual', 'attentionBias'] },
  );
  const { hiddenSize, headCount, rotaryFraction } = configuration;
  requireDivisor('headCount', headCount, hiddenSize, 'hidden size');
  if (typeof rotaryFraction !== 'number' || !(rotaryFraction >= 0 && rotaryFraction <= 1)) {
    throw invalidField('rotaryFraction', rotaryFraction, 'a number from 0 to 1');
  }
  if (rotaryDimensions(configuration) % 2 !== 0) {
    throw invalidField(
      'rotaryFraction',
      rotaryFraction,
      `an even number of rotary dimensions of each head's ${hiddenSize / headCount}`,
    );
  }
  return configuration;
}
