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
  /** Kept for other readers of the checkpoint; null for none. */
  readonly startOfTextToken: number | null;
  /** Every token that ends a text; the first is the one that training ends responses with. Empty for none. */
  readonly endOfTextTokens: readonly number[];
  /** Fills rows up for readers of the checkpoint that pad; null for none. */
  readonly paddingToken: number | null;
  /** Keys of `config.json` that this package does not use; kept when the model is saved. */
  readonly otherKeys: Readonly<Record<string, unknown>>;
}

/** What a configuration needs; the rest has GPT-NeoX's defaults. */
export type GptNeoxOptions = Pick<GptNeoxConfiguration, (typeof REQUIRED)[number]> &
  Partial<GptNeoxConfiguration>;

const REQUIRED = ['vocabularySize', 'hiddenSize', 'layerCount', 'headCount'] as const;

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
  const defaults = {
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
    endOfTextTokens: [0],
    paddingToken: null,
    otherKeys: {},
  };
  const fields: readonly string[] = [...REQUIRED, ...Object.keys(defaults)];
  const unknown = Object.keys(options).find((field) => !fields.includes(field));
  if (unknown !== undefined) {
    throw new LanguageModelError(
      'invalid-configuration',
      `configuration.${unknown} is unknown; the fields are ${fields.join(', ')}.`,
    );
  }
  const configuration: GptNeoxConfiguration = { ...defaults, ...options };
  for (const field of [...REQUIRED, 'intermediateSize', 'maxPositions'] as const) {
    const value: unknown = configuration[field];
    if (!Number.isSafeInteger(value) || (value as number) < 1) {
      throw invalid(field, value, 'an integer ≥ 1');
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
  const { hiddenSize, headCount, rotaryFraction, endOfTextTokens, vocabularySize } = configuration;
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
  const isToken = (token: unknown): boolean =>
    Number.isSafeInteger(token) && (token as number) >= 0 && (token as number) < vocabularySize;
  const range = `below the vocabulary size ${vocabularySize}`;
  for (const field of ['startOfTextToken', 'paddingToken'] as const) {
    const token = configuration[field];
    if (token !== null && !isToken(token)) throw invalid(field, token, `a token ${range}, or null`);
  }
  if (!Array.isArray(endOfTextTokens) || !endOfTextTokens.every(isToken)) {
    throw invalid('endOfTextTokens', endOfTextTokens, `a list of tokens ${range}`);
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
    `configuration.${field} must be ${expected}, got ${shown(value)}.`,
  );
}
