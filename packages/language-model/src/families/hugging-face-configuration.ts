import { CheckpointError, LanguageModelError, shown } from '../errors.js';
import type { Json } from '../files/json.js';
import type { ConfigurationOptions, ModelConfiguration } from './architecture.js';
import { readEndTokens, writeEndTokens } from './eos-token-id.js';

/** How a family's configuration is in `config.json`. */
export interface ConfigurationFormat<C extends ModelConfiguration> {
  /** The keys that fields have one to one, in the order in which they are written. */
  readonly keys: Readonly<Partial<Record<keyof C & string, string>>>;
  /** What `transformers` takes for a missing key, where the field's own default is another. */
  readonly defaults: Partial<C>;
  /** What `transformers` takes for a missing `bos_token_id` and `eos_token_id`; null for none. */
  readonly startOfText: number | null;
  readonly endOfText: number | null;
  /** The same for a missing `pad_token_id`; none by default. */
  readonly padding?: number;
  /** Other keys that the family reads or writes itself. */
  readonly ownKeys: readonly string[];
  /** The keys of fields that the family reads itself, for messages. */
  readonly fieldKeys?: Readonly<Record<string, string>>;
  complete(options: ConfigurationOptions<C>): C;
}

/** What most families call the fields that all configurations have. */
export const COMMON_KEYS = {
  vocabularySize: 'vocab_size',
  hiddenSize: 'hidden_size',
  layerCount: 'num_hidden_layers',
  headCount: 'num_attention_heads',
  intermediateSize: 'intermediate_size',
  maxPositions: 'max_position_embeddings',
  tieWordEmbeddings: 'tie_word_embeddings',
  initializerRange: 'initializer_range',
} as const;

/** The keys of the fields that are read here for every family. */
const TOKEN_KEYS = {
  startOfTextToken: 'bos_token_id',
  endOfTextTokens: 'eos_token_id',
  paddingToken: 'pad_token_id',
} as const;

/** Keys that every family's file has, or that say how the file was stored, which is not kept. */
const SHARED_KEYS = [...Object.values(TOKEN_KEYS), 'model_type', 'architectures', 'torch_dtype', 'dtype'];

/**
 * Reads a configuration: the keys one to one, the tokens, and whatever else the family has found.
 *
 * @param config what `config.json` holds
 * @param file its path, for messages
 * @param found the fields that the family reads itself
 * @throws {CheckpointError} `checkpoint-corrupt` naming the key
 * @example
 * const format = {
 *   ...{ keys: COMMON_KEYS, defaults: { vocabularySize: 32_000 }, startOfText: 1, endOfText: 2, ownKeys: [] },
 *   complete: (options) => completeConfiguration(options, { intermediateSize: 64, maxPositions: 128 }),
 * };
 * const config = { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, pretraining_tp: 1 };
 * const { vocabularySize, endOfTextTokens, otherKeys } = readConfigurationJson(config, 'config.json', format, {});
 * console.log(vocabularySize, endOfTextTokens, otherKeys); // 32000 [ 2 ] { pretraining_tp: 1 }
 */
export function readConfigurationJson<C extends ModelConfiguration>(
  config: Json,
  file: string,
  format: ConfigurationFormat<C>,
  found: Partial<C>,
): C {
  const { keys, defaults, startOfText, endOfText, padding, ownKeys, complete } = format;
  const own = new Set([...SHARED_KEYS, ...Object.values(keys), ...ownKeys]);
  const size = numberIn(given(config[keys.vocabularySize ?? ''], defaults.vocabularySize));
  const options: Record<string, unknown> = {
    ...defaults,
    paddingToken: tokenOrNone(given(config['pad_token_id'], padding), size),
    startOfTextToken: tokenOrNone(given(config['bos_token_id'], startOfText), size),
    // Code that also reads the files beside it warns of those that are left out.
    endOfTextTokens: readEndTokens(given(config['eos_token_id'], endOfText), file).filter(
      (token) => token >= 0 && token < size,
    ),
    otherKeys: Object.fromEntries(Object.entries(config).filter(([key]) => !own.has(key))),
    ...found,
  };
  for (const [field, key] of Object.entries(keys) as [string, string][]) {
    const value = config[key];
    if (value === undefined) continue;
    // Fields are numbers, words, flags, or lists; arithmetic on an object would throw without naming the field.
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      throw new CheckpointError('checkpoint-corrupt', `${key} must not be an object.`, { file });
    }
    options[field] = value;
  }
  try {
    return complete(options as unknown as ConfigurationOptions<C>);
  } catch (cause) {
    if (!(cause instanceof LanguageModelError)) throw cause;
    const ownNames = keys as Readonly<Record<string, string>>;
    const names: Readonly<Record<string, string>> = { ...TOKEN_KEYS, ...format.fieldKeys, ...ownNames };
    // The file has keys where a configuration has fields.
    const message = cause.message
      .replace(`${LanguageModelError.package}: `, '')
      .replace(/configuration\.(\w+)/g, (_, field: string) => names[field] ?? field);
    throw new CheckpointError('checkpoint-corrupt', message, { file }, { cause });
  }
}

/**
 * Writes the keys that fields have one to one, and the tokens; a family adds the keys that it reads itself.
 *
 * @example
 * const sizes = { vocabularySize: 64, hiddenSize: 16, layerCount: 1, headCount: 2 };
 * const configuration = completeConfiguration(sizes, { intermediateSize: 64, maxPositions: 128 });
 * const { hidden_size, eos_token_id } = writeConfigurationJson(configuration, { keys: COMMON_KEYS });
 * console.log(hidden_size, eos_token_id); // 16 0
 */
export function writeConfigurationJson<C extends ModelConfiguration>(
  configuration: C,
  { keys }: Pick<ConfigurationFormat<C>, 'keys'>,
): Record<string, unknown> {
  const { startOfTextToken, endOfTextTokens, paddingToken } = configuration;
  const fields = Object.entries(keys) as [keyof C, string][];
  return {
    ...Object.fromEntries(fields.map(([field, key]) => [key, configuration[field]])),
    bos_token_id: startOfTextToken,
    pad_token_id: paddingToken,
    eos_token_id: writeEndTokens(endOfTextTokens),
  };
}

/**
 * A value, or what a missing key stands for; null is a value.
 *
 * @example
 * console.log(given(undefined, 'gelu'), given(null, 'gelu')); // gelu null
 */
export function given<Value>(value: unknown, fallback: Value): unknown {
  return value === undefined ? fallback : value;
}

/** A number to compute with; NaN for whatever else a file holds there, which is refused later by its name. */
export function numberIn(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

/**
 * Refuses a key whose value cannot be computed with.
 *
 * @throws {CheckpointError} `unsupported-architecture`
 * @example
 * demand('config.json', 'hidden_act', 'silu', 'silu'); // throws for any other value
 */
export function demand(file: string, key: string, expected: unknown, found: unknown): void {
  if (found === expected) return;
  throw new CheckpointError('unsupported-architecture', `its ${key} is not supported.`, {
    file,
    expected: shown(expected),
    found: found === undefined ? 'nothing' : shown(found),
  });
}

/**
 * Older configurations have -1 for none, others a token that was never added, and a model with a small vocabulary of its own the
 * tokens of its family's large one: there is no such token.
 */
function tokenOrNone(token: unknown, size: number): number | null {
  const isNone = Number.isInteger(token) && ((token as number) < 0 || (token as number) >= size);
  return isNone ? null : ((token ?? null) as number | null);
}
