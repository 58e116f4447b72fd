import { LanguageModelError, shown } from '../../errors.js';
import { rotaryDimensions } from '../../layers/rotary.js';
import type { ModelShape } from '../../model-shape.js';

/** The configuration of a GPT-NeoX model, in full words; `config.json` has Hugging Face's names for the same. */
export interface GptNeoxConfiguration extends ModelShape {
  readonly layerNormEpsilon: number;
  /** x + attention(LN₁ x) + mlp(LN₂ x) where true, h = x + attention(LN₁ x), h + mlp(LN₂ h) where false. */
  readonly useParallelResidual: boolean;
  /** Whether the attention's two dense layers have biases. */
  readonly attentionBias: boolean;
  /** Standard deviation of the random initialization. */
  readonly initializerRange: number;
  readonly startOfTextToken: number;
  readonly endOfTextToken: number;
  /** Keys of `config.json` that this package does not use; kept when the model is saved. */
  readonly otherKeys: Readonly<Record<string, unknown>>;
}

/** What a configuration needs; the rest has GPT-NeoX's defaults. */
export type GptNeoxOptions = Pick<
  GptNeoxConfiguration,
  'vocabularySize' | 'hiddenSize' | 'layerCount' | 'headCount'
> &
  Partial<GptNeoxConfiguration>;

/**
 * Completes and checks a configuration.
 *
 * @param options at least vocabulary size, hidden size, layers and heads; `intermediateSize` is 4 × `hiddenSize`
 *   where absent, the rest as in Pythia (rotary fraction 0.25, base 10,000, ε 1e-5, 2,048 positions, parallel
 *   residual, untied head, biases, initializer range 0.02, end of text 0)
 * @returns the whole configuration
 * @throws {LanguageModelError} `invalid-configuration` naming the field
 * @example
 * const configuration = gptNeoxConfiguration({ vocabularySize: 512, hiddenSize: 64, layerCount: 3, headCount: 4 });
 */
export function gptNeoxConfiguration(options: GptNeoxOptions): GptNeoxConfiguration {
  const configuration: GptNeoxConfiguration = {
    intermediateSize: 4 * options.hiddenSize,
    rotaryFraction: 0.25,
    rotaryBase: 10_000,
    layerNormEpsilon: 1e-5,
    maxPositions: 2048,
    useParallelResidual: true,
    tieWordEmbeddings: false,
    attentionBias: true,
    initializerRange: 0.02,
    startOfTextToken: 0,
    endOfTextToken: 0,
    otherKeys: {},
    ...options,
  };
  for (const field of [
    'vocabularySize',
    'hiddenSize',
    'layerCount',
    'headCount',
    'intermediateSize',
    'maxPositions',
  ] as const) {
    const value: unknown = configuration[field];
    if (!Number.isSafeInteger(value) || (value as number) < 1) {
      throw invalid(field, value, 'a whole number of at least 1');
    }
  }
  for (const field of ['rotaryBase', 'layerNormEpsilon', 'initializerRange'] as const) {
    const value: unknown = configuration[field];
    if (typeof value !== 'number' || !(value > 0) || !Number.isFinite(value)) {
      throw invalid(field, value, 'a number above 0');
    }
  }
  for (const field of ['useParallelResidual', 'tieWordEmbeddings', 'attentionBias'] as const) {
    if (typeof configuration[field] !== 'boolean') {
      throw invalid(field, configuration[field], 'true or false');
    }
  }
  const { hiddenSize, headCount, rotaryFraction, startOfTextToken, endOfTextToken, vocabularySize } =
    configuration;
  if (hiddenSize % headCount !== 0) {
    throw invalid('headCount', headCount, `a divisor of the hidden size ${hiddenSize}`);
  }
  if (typeof rotaryFraction !== 'number' || !(rotaryFraction >= 0 && rotaryFraction <= 1)) {
    throw invalid('rotaryFraction', rotaryFraction, 'a number from 0 to 1');
  }
  if (rotaryDimensions(configuration) % 2 !== 0) {
    throw invalid(
      'rotaryFraction',
      rotaryFraction,
      `an even number of rotary dimensions of each head's ${hiddenSize / headCount}`,
    );
  }
  for (const [field, token] of Object.entries({ startOfTextToken, endOfTextToken })) {
    if (!Number.isSafeInteger(token) || token < 0 || token >= vocabularySize) {
      throw invalid(field, token, `a token below the vocabulary size ${vocabularySize}`);
    }
  }
  return configuration;
}

/**
 * How many numbers the weights of a model hold, before it is made.
 *
 * Embeddings and head V·h each, or one of them where they are tied; a block's attention 4h² + 4h, MLP 2h·m + m + h with
 * m the intermediate size, and two norms 4h; the last norm 2h.
 *
 * @param options as for {@link gptNeoxConfiguration}; the heads make no difference
 * @example
 * console.log(parameterCount(pythiaConfiguration('70m'))); // 70426624
 */
export function parameterCount(options: Omit<GptNeoxOptions, 'headCount'>): number {
  const { vocabularySize, hiddenSize: h, layerCount, intermediateSize: m = 4 * h } = options;
  const { tieWordEmbeddings = false, attentionBias = true } = options;
  const attention = 4 * h * h + (attentionBias ? 4 * h : 0);
  const block = attention + 2 * h * m + m + h + 4 * h;
  return (tieWordEmbeddings ? 1 : 2) * vocabularySize * h + layerCount * block + 2 * h;
}

function invalid(field: string, value: unknown, expected: string): LanguageModelError {
  return new LanguageModelError(
    'invalid-configuration',
    `configuration.${field} is ${shown(value)}; it must be ${expected}.`,
  );
}
