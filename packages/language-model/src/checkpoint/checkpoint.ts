import { nodeBuiltin } from '@ais/runtime/files';
import { CheckpointError, shown } from '../errors.js';
import type { Architecture, ModelConfiguration } from '../families/architecture.js';
import { readEndTokens } from '../families/eos-token-id.js';
import { architectureOf } from '../families/registry.js';
import { readWhole } from '../files/disk.js';
import { isRecord, type Json } from '../files/json.js';
import type { CompanionFiles } from '../model/companion-files.js';
import { type DeclaredEnds, endTokens } from '../model/end-tokens.js';
import { tokenizerFacts } from '../model/tokenizer-facts.js';
import type { StoredModel } from './stored-model.js';

export const CONFIGURATION_FILE = 'config.json';
export const WEIGHTS_FILE = 'model.safetensors';
export const INDEX_FILE = 'model.safetensors.index.json';
export const GENERATION_FILE = 'generation_config.json';
export const TOKENIZER_FILE = 'tokenizer_config.json';

/** A shard lies beside its index: a name with a path in it could lead anywhere. */
const SHARD_NAME = /^[\w.-]+\.safetensors$/;

/** A checkpoint's family and configuration, and its `config.json` as it is. */
interface DeclaredConfiguration {
  readonly architecture: Architecture;
  readonly configuration: ModelConfiguration;
  readonly json: Json;
  readonly file: string;
}

/** The same, with the files beside it that go where the model goes. */
export interface StoredConfiguration extends DeclaredConfiguration {
  readonly companions: CompanionFiles;
}

/** What a model's configuration depends on beside its folder. */
export interface ConfigurationOptions {
  /** Families from outside the package. */
  readonly architectures?: readonly Architecture[];
  /** The tokenizer that the model is used with; by default, the one whose files are in the model's folder. */
  readonly tokenizer?: { readonly endOfTextToken: number };
  /** Told if the model's files disagree about what ends a text, or name what is no token; by default it goes to `console.warn`. */
  readonly onWarning?: (message: string) => void;
}

/**
 * A checkpoint's family and configuration, as its `config.json` alone declares them.
 *
 * @throws {CheckpointError} `checkpoint-corrupt`, `unsupported-architecture`
 */
export function declaredConfiguration(
  { json: stored, file }: StoredModel['configuration'],
  architectures?: readonly Architecture[],
): DeclaredConfiguration {
  const json = configurationObject(stored, file);
  const architecture = architectureOf(json['model_type'], file, architectures);
  return { architecture, configuration: architecture.read(json, file), json, file };
}

/** A name for messages: what is none may be anything that JSON can hold. */
const named = (name: unknown): string => (typeof name === 'string' ? name : JSON.stringify(name));

/**
 * Reads a checkpoint's configuration, and from it, `generation_config.json` and the tokenizer what ends a text.
 *
 * @param head which head of its family `architectures` must name, where the file says it
 * @throws {CheckpointError} `unsupported-architecture` where it names others
 */
export function readConfiguration(
  { configuration: stored, companions, warnings }: StoredModel,
  head: keyof Architecture['architectures'],
  { tokenizer, onWarning = console.warn, architectures: more }: ConfigurationOptions,
): StoredConfiguration {
  const { architecture, configuration, json, file } = declaredConfiguration(stored, more);
  const { architectures, eos_token_id: declared } = json;
  const expected = architecture.architectures[head];
  if (Array.isArray(architectures) && !architectures.includes(expected)) {
    throw new CheckpointError(
      'unsupported-architecture',
      'it is the configuration of another kind of model.',
      {
        file,
        expected,
        found: architectures.slice(0, 4).map(named).join(', ') || 'none',
      },
    );
  }
  const generation = generationEnds(companions);
  const { endOfText } = tokenizerFacts(companions);
  const { tokens, warning } = endTokens({
    configurations: [
      { file, tokens: readEndTokens(declared, file) },
      ...(generation === undefined ? [] : [generation]),
    ],
    tokenizer:
      tokenizer === undefined
        ? endOfText && {
            file: `${companions.directory}/${TOKENIZER_FILE}`,
            ...endOfText,
          }
        : { file: 'the tokenizer', id: tokenizer.endOfTextToken },
    vocabularySize: configuration.vocabularySize,
  });
  for (const each of [...warnings, ...(warning === undefined ? [] : [warning])]) {
    onWarning(`@ais/language-model: ${each}`);
  }
  // The family's default is a token of its own tokenizer; it counts only if nothing declares another.
  const isDefault = declared === undefined && tokens.length === 0 && generation === undefined;
  return {
    architecture,
    configuration: isDefault ? configuration : { ...configuration, endOfTextTokens: tokens },
    json,
    file,
    companions,
  };
}

/** @throws {CheckpointError} `checkpoint-corrupt` */
export function configurationObject(json: unknown, file: string): Json {
  if (isRecord(json)) return json;
  throw new CheckpointError('checkpoint-corrupt', 'the configuration is not a JSON object.', { file });
}

function generationEnds({ files, directory }: CompanionFiles): DeclaredEnds | undefined {
  const content = files.get(GENERATION_FILE);
  if (content === undefined) return undefined;
  const file = `${directory}/${GENERATION_FILE}`;
  const json = parseJson(content, file) as { eos_token_id?: unknown } | null;
  return { file, tokens: readEndTokens(json?.eos_token_id, file) };
}

/**
 * Reads a JSON file.
 *
 * @throws {CheckpointError} `checkpoint-not-found`, `checkpoint-unreadable`, or `checkpoint-corrupt`
 */
export async function readJson(file: string): Promise<unknown> {
  return parseJson(await readWhole(file), file);
}

/** @throws {CheckpointError} `checkpoint-corrupt` */
export function parseJson(content: Uint8Array | string, file: string): unknown {
  try {
    return JSON.parse(typeof content === 'string' ? content : new TextDecoder().decode(content));
  } catch (cause) {
    throw new CheckpointError('checkpoint-corrupt', 'it is not JSON.', { file }, { cause });
  }
}

/** The files of weights that a checkpoint's index names, each once. */
export async function shardNames(file: string): Promise<string[]> {
  return [...new Set(Object.values(parseIndex(await readJson(file), file)))];
}

/**
 * The file of each tensor that a checkpoint's index names, as `weight_map` has it.
 *
 * @throws {CheckpointError} `checkpoint-corrupt`
 */
export function parseIndex(index: unknown, file: string): Record<string, string> {
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw new CheckpointError('checkpoint-corrupt', 'it has no weight_map.', { file });
  }
  for (const [tensor, name] of Object.entries(map)) {
    if (typeof name !== 'string' || !SHARD_NAME.test(name)) {
      throw new CheckpointError('checkpoint-corrupt', 'its weight_map must name files beside it.', {
        file,
        tensor,
        expected: 'a file name that ends in .safetensors',
        found: shown(name),
      });
    }
  }
  return map as Record<string, string>;
}

export async function exists(path: string): Promise<boolean> {
  return nodeBuiltin('node:fs/promises', 'Reading a model')
    .access(path)
    .then(
      () => true,
      () => false,
    );
}
