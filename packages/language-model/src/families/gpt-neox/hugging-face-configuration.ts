import { CheckpointError, LanguageModelError, shown } from '../../errors.js';
import { readEndTokens, writeEndTokens } from '../eos-token-id.js';
import { checkModelType } from '../supported.js';
import { type GptNeoxConfiguration, type GptNeoxOptions, gptNeoxConfiguration } from './configuration.js';

type Json = Record<string, unknown>;

/** The keys of `config.json` that a configuration's fields have one to one. */
const KEYS = {
  vocabularySize: 'vocab_size',
  hiddenSize: 'hidden_size',
  layerCount: 'num_hidden_layers',
  headCount: 'num_attention_heads',
  intermediateSize: 'intermediate_size',
  layerNormEpsilon: 'layer_norm_eps',
  maxPositions: 'max_position_embeddings',
  useParallelResidual: 'use_parallel_residual',
  tieWordEmbeddings: 'tie_word_embeddings',
  attentionBias: 'attention_bias',
  initializerRange: 'initializer_range',
} as const satisfies Partial<Record<keyof GptNeoxConfiguration, string>>;

/** What `transformers` takes for a missing key where that is not what `gptNeoxConfiguration` takes. */
const DEFAULTS = {
  vocabularySize: 50432,
  hiddenSize: 6144,
  layerCount: 44,
  headCount: 64,
  intermediateSize: 24576,
} as const;
const DEFAULT_END_OF_TEXT = 2;

/** Keys that this package writes itself, or that say how the file was stored, which it does not keep. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  ...Object.values(KEYS),
  'bos_token_id',
  'eos_token_id',
  'pad_token_id',
  'model_type',
  'architectures',
  'hidden_act',
  'rotary_pct',
  'rotary_emb_base',
  'rope_theta',
  'rope_parameters',
  'rope_scaling',
  'torch_dtype',
  'dtype',
]);

/**
 * Reads `config.json` as `transformers` 5 does: the same defaults, the same precedence of old and new spellings, the
 * same keys that cannot be null (`fixtures/configurations.json`).
 *
 * @throws {CheckpointError} `unsupported-architecture` or `checkpoint-corrupt`, naming the key
 */
export function fromHuggingFace(json: unknown, file: string): GptNeoxConfiguration {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new CheckpointError('checkpoint-corrupt', 'the configuration is not a JSON object.', { file });
  }
  const config = json as Json;
  const demand = (key: string, expected: unknown, found: unknown): void => {
    if (found === expected) return;
    throw new CheckpointError('unsupported-architecture', `its ${key} is not supported.`, {
      file,
      expected: shown(expected),
      found: found === undefined ? 'nothing' : shown(found),
    });
  };
  checkModelType(config['model_type'], file);
  demand('hidden_act', 'gelu', given(config['hidden_act'], 'gelu'));
  const headSize = Number(config['hidden_size']) / Number(config['num_attention_heads']);
  if (config['head_dim']) demand('head_dim', headSize, config['head_dim']);
  const { rotaryFraction, rotaryBase, type, isFlat } = rotary(config);
  demand('rope_parameters, whether one set serves all layers', true, isFlat);
  demand('rotary embedding, rope_type', 'default', type);
  const options: Json = {
    ...DEFAULTS,
    rotaryFraction,
    rotaryBase,
    paddingToken: paddingToken(config),
    startOfTextToken: given(config['bos_token_id'], 0),
    endOfTextTokens:
      config['eos_token_id'] === undefined
        ? defaultEnds(config)
        : readEndTokens(config['eos_token_id'], file),
    otherKeys: Object.fromEntries(Object.entries(config).filter(([key]) => !OWN_KEYS.has(key))),
  };
  for (const [field, key] of Object.entries(KEYS)) {
    if (config[key] !== undefined) options[field] = config[key];
  }
  try {
    return gptNeoxConfiguration(options as unknown as GptNeoxOptions);
  } catch (cause) {
    if (!(cause instanceof LanguageModelError)) throw cause;
    throw new CheckpointError('checkpoint-corrupt', cause.message, { file }, { cause });
  }
}

/**
 * The rotary embedding. `rope_scaling`, the older name, replaces `rope_parameters` if it has anything; what that leaves
 * open comes from `rotary_emb_base` and `rotary_pct`. A `rope_theta` beside them is not read.
 */
function rotary(config: Json): Record<'rotaryFraction' | 'rotaryBase' | 'type' | 'isFlat', unknown> {
  const { rope_scaling: scaling, rope_parameters: parameters } = config;
  const isEmpty = typeof scaling === 'object' && Object.keys(scaling ?? {}).length === 0;
  const rope = ((scaling === undefined || isEmpty ? parameters : scaling) ?? {}) as Json;
  const parts: unknown[] = [rope, ...Object.values(rope)];
  return {
    isFlat:
      parts.filter((part) => typeof part === 'object' && part !== null).length === 1 && !Array.isArray(rope),
    rotaryFraction: given(rope['partial_rotary_factor'], given(config['rotary_pct'], 0.25)),
    rotaryBase: given(rope['rope_theta'], given(config['rotary_emb_base'], 10_000)),
    type: given(rope['rope_type'], given(rope['type'], 'default')),
  };
}

/** A value, or what a missing key stands for; null is a value. */
function given(value: unknown, fallback: unknown): unknown {
  return value === undefined ? fallback : value;
}

/** The default is not a token of a vocabulary that is too small for it. */
function defaultEnds({ vocab_size: size = DEFAULTS.vocabularySize }: Json): number[] {
  return [DEFAULT_END_OF_TEXT].filter((token) => token < Number(size));
}

/** Older configurations have -1 for none, and others a token that was never added: nothing can be padded with either. */
function paddingToken({ pad_token_id: token, vocab_size: size = DEFAULTS.vocabularySize }: Json): unknown {
  const isNone = Number.isInteger(token) && ((token as number) < 0 || (token as number) >= (size as number));
  return isNone ? null : (token ?? null);
}

/** Writes `config.json` so that both spellings' readers find what they look for; unknown keys are kept. */
export function toHuggingFace(
  configuration: GptNeoxConfiguration,
  architecture: string,
  dtype = 'float32',
): Json {
  const known: Json = {};
  for (const [field, key] of Object.entries(KEYS)) known[key] = configuration[field as keyof typeof KEYS];
  const { startOfTextToken, endOfTextTokens, paddingToken, rotaryFraction, rotaryBase, otherKeys } =
    configuration;
  return {
    ...otherKeys,
    architectures: [architecture],
    model_type: 'gpt_neox',
    ...known,
    bos_token_id: startOfTextToken,
    pad_token_id: paddingToken,
    eos_token_id: writeEndTokens(endOfTextTokens),
    hidden_act: 'gelu',
    rotary_pct: rotaryFraction,
    rotary_emb_base: rotaryBase,
    rope_parameters: {
      rope_type: 'default',
      rope_theta: rotaryBase,
      partial_rotary_factor: rotaryFraction,
    },
    torch_dtype: dtype,
    dtype,
  };
}
