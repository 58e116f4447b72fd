import { CheckpointError, LanguageModelError, shown } from '../../errors.js';
import { readEndTokens, writeEndTokens } from '../eos-token-id.js';
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

/** What `transformers` takes for an absent key where that is not what `gptNeoxConfiguration` takes. */
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
  'torch_dtype',
  'dtype',
]);

/**
 * Reads `config.json`, in its old spelling (`rotary_pct`, `rotary_emb_base`) or its new one (`rope_parameters`).
 *
 * @throws {CheckpointError} `unsupported-architecture` or `checkpoint-corrupt`, naming the key
 */
export function fromHuggingFace(json: unknown, file: string): GptNeoxConfiguration {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new CheckpointError('checkpoint-corrupt', 'the configuration is no JSON object.', { file });
  }
  const config = json as Json;
  const demand = (key: string, expected: unknown, fallback: unknown): void => {
    const found = config[key] ?? fallback;
    if (found !== expected) {
      throw new CheckpointError('unsupported-architecture', `this package cannot compute its ${key}.`, {
        file,
        expected: shown(expected),
        found: found === undefined ? 'nothing' : shown(found),
      });
    }
  };
  demand('model_type', 'gpt_neox', undefined);
  demand('hidden_act', 'gelu', 'gelu');
  const rope = (typeof config['rope_parameters'] === 'object' ? config['rope_parameters'] : undefined) as
    | Json
    | undefined
    | null;
  const scaling = config['rope_scaling'] as Json | undefined | null;
  const ropeType =
    rope?.['rope_type'] ?? rope?.['type'] ?? scaling?.['rope_type'] ?? scaling?.['type'] ?? 'default';
  if (ropeType !== 'default') {
    throw new CheckpointError(
      'unsupported-architecture',
      'this package cannot compute its rotary embedding.',
      {
        file,
        expected: 'rope_type "default"',
        found: shown(ropeType),
      },
    );
  }
  const options: Json = {
    ...DEFAULTS,
    rotaryFraction: rope?.['partial_rotary_factor'] ?? config['rotary_pct'] ?? 0.25,
    rotaryBase: rope?.['rope_theta'] ?? config['rotary_emb_base'] ?? config['rope_theta'] ?? 10_000,
    paddingToken: paddingToken(config),
    startOfTextToken: config['bos_token_id'] === undefined ? 0 : config['bos_token_id'],
    endOfTextTokens:
      config['eos_token_id'] === undefined
        ? [DEFAULT_END_OF_TEXT].filter(
            (token) => token < Number(config['vocab_size'] ?? Number.POSITIVE_INFINITY),
          )
        : readEndTokens(config['eos_token_id'], file),
    otherKeys: Object.fromEntries(Object.entries(config).filter(([key]) => !OWN_KEYS.has(key))),
  };
  for (const [field, key] of Object.entries(KEYS)) {
    if (config[key] !== undefined && config[key] !== null) options[field] = config[key];
  }
  try {
    return gptNeoxConfiguration(options as unknown as GptNeoxOptions);
  } catch (cause) {
    if (!(cause instanceof LanguageModelError)) throw cause;
    throw new CheckpointError('checkpoint-corrupt', cause.message, { file }, { cause });
  }
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
