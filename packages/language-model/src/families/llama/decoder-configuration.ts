import type { Json } from '../../files/json.js';
import type { ConfigurationOptions, ModelConfiguration } from '../architecture.js';
import {
  type ConfigurationDefaults,
  completeConfiguration,
  type FieldKinds,
  invalidField,
  requireDivisor,
} from '../complete-configuration.js';
import {
  COMMON_KEYS,
  type ConfigurationFormat,
  demand,
  given,
  readConfigurationJson,
  writeConfigurationJson,
} from '../hugging-face-configuration.js';
import { type RotaryFields, readRotary, writeRotary } from '../rotary-json.js';

/** What the configurations of Llama's descendants have in common. */
export interface DecoderConfiguration extends ModelConfiguration, RotaryFields {
  /** Heads of keys and values; each serves headCount / keyValueHeadCount heads of queries. */
  readonly keyValueHeadCount: number;
  /** Dimensions of a head; all of them are turned. */
  readonly headSize: number;
  readonly normEpsilon: number;
}

/** The defaults of the fields in common. */
export function decoderDefaults({
  hiddenSize,
  headCount,
}: ConfigurationOptions): ConfigurationDefaults<DecoderConfiguration> {
  return {
    // 8/3 of the width, so that three matrices hold what two of four times the width do.
    intermediateSize: 16 * Math.ceil(hiddenSize / 6),
    keyValueHeadCount: headCount,
    headSize: hiddenSize / headCount,
    normEpsilon: 1e-6,
    rotaryBase: 10_000,
    rotaryScaling: null,
    maxPositions: 2048,
  };
}

/**
 * Completes and checks a configuration of one of Llama's descendants.
 *
 * @throws {LanguageModelError} `invalid-configuration` naming the field
 */
export function completeDecoder<C extends DecoderConfiguration>(
  options: ConfigurationOptions<C>,
  defaults: ConfigurationDefaults<C>,
  { counts = [], positive = [], flags = [] }: FieldKinds<C> = {},
): C {
  const configuration = completeConfiguration<C>(options, defaults, {
    counts: ['keyValueHeadCount', ...counts],
    positive: ['rotaryBase', 'normEpsilon', 'headSize', ...positive],
    flags,
  });
  const { hiddenSize, headCount, keyValueHeadCount, headSize } = configuration;
  if (!Number.isInteger(headSize)) {
    throw invalidField(
      'headCount',
      headCount,
      `a divisor of the hidden size ${hiddenSize}, or given a headSize`,
    );
  }
  if (headSize % 2 !== 0) throw invalidField('headSize', headSize, 'even, since dimensions turn in pairs');
  requireDivisor('keyValueHeadCount', keyValueHeadCount, headCount, 'number of heads');
  return configuration;
}

/** The keys that fields in common have one to one. */
export const DECODER_KEYS: Readonly<Record<keyof typeof COMMON_KEYS | 'normEpsilon', string>> = {
  ...COMMON_KEYS,
  normEpsilon: 'rms_norm_eps',
};

const OWN_KEYS = [
  'num_key_value_heads',
  'head_dim',
  'hidden_act',
  'rope_theta',
  'rope_scaling',
  'rope_parameters',
];

const FIELD_KEYS = {
  keyValueHeadCount: 'num_key_value_heads',
  headSize: 'head_dim',
  rotaryBase: 'rope_theta',
};

/** How one of Llama's descendants is in `config.json`. */
export interface DecoderFormat<C extends DecoderConfiguration> extends ConfigurationFormat<C> {
  /** The keys that may be null, for what follows from the width and the heads. */
  readonly nullable: readonly ('num_key_value_heads' | 'head_dim')[];
}

/** Reads the fields in common, and those that the family has found itself. */
export function readDecoder<C extends DecoderConfiguration>(
  config: Json,
  file: string,
  format: DecoderFormat<C>,
  found: Partial<C>,
): C {
  demand(file, 'hidden_act', 'silu', given(config['hidden_act'], 'silu'));
  const { defaults, nullable } = format;
  const value = (key: (typeof nullable)[number], fallback: unknown, follows: unknown): unknown => {
    const own = given(config[key], fallback);
    return own === undefined || (own === null && nullable.includes(key)) ? follows : own;
  };
  const headCount = given(config['num_attention_heads'], defaults.headCount);
  const headSize = value('head_dim', defaults.headSize, undefined);
  const shared = {
    keyValueHeadCount: value('num_key_value_heads', defaults.keyValueHeadCount, headCount),
    ...(headSize !== undefined && { headSize }),
    ...readRotary({ max_position_embeddings: defaults.maxPositions, ...config }, file),
    ...found,
  } as Partial<C>;
  return readConfigurationJson(
    config,
    file,
    {
      ...format,
      ownKeys: [...OWN_KEYS, ...format.ownKeys],
      fieldKeys: { ...FIELD_KEYS, ...format.fieldKeys },
    },
    shared,
  );
}

export function writeDecoder<C extends DecoderConfiguration>(
  configuration: C,
  format: Pick<ConfigurationFormat<C>, 'keys'>,
): Json {
  return {
    ...writeConfigurationJson(configuration, format),
    num_key_value_heads: configuration.keyValueHeadCount,
    head_dim: configuration.headSize,
    hidden_act: 'silu',
    ...writeRotary(configuration),
  };
}
