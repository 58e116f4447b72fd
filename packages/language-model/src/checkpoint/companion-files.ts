import { CheckpointError, LanguageModelError } from '../errors.js';
import { readFailure, readWhole } from '../files.js';
import { nodeBuiltin } from '../node-builtins.js';

/** What lies beside a model's weights in Hugging Face's layout and goes where the model goes: its tokenizer first of all. */
export const COMPANION_FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'chat_template.jinja',
  'generation_config.json',
] as const;

/** Contents by file name. */
export type CompanionFiles = ReadonlyMap<string, Uint8Array>;

const carried = new WeakMap<object, CompanionFiles>();

/** The files that a model carries along: those of the folder that it was loaded from. */
export function companionFiles(model: object): CompanionFiles {
  return carried.get(model) ?? new Map();
}

/** Lets a model carry files along, and returns it. */
export function withCompanionFiles<Model extends object>(model: Model, files: CompanionFiles): Model {
  carried.set(model, files);
  return model;
}

/**
 * Reads those of the companion files that a folder has.
 *
 * Their contents are kept, not their places: the folder may be gone when the model is saved.
 *
 * @throws {CheckpointError} `checkpoint-unreadable`
 */
export async function readCompanionFiles(directory: string): Promise<CompanionFiles> {
  const { join } = nodeBuiltin('node:path');
  const present = await nodeBuiltin('node:fs/promises')
    .readdir(directory)
    .catch((cause: unknown) => {
      throw readFailure(directory, cause);
    });
  const files = new Map<string, Uint8Array>();
  for (const name of COMPANION_FILES) {
    if (present.includes(name)) files.set(name, await readWhole(join(directory, name)));
  }
  return files;
}

/**
 * The files of the tokenizer in a folder.
 *
 * @throws {CheckpointError} `checkpoint-not-found` where it has no `tokenizer.json`
 */
export async function readTokenizerFiles(directory: string): Promise<CompanionFiles> {
  const files = await readCompanionFiles(directory);
  if (files.has('tokenizer.json')) return files;
  throw new CheckpointError('checkpoint-not-found', 'give the folder of a tokenizer.', {
    file: nodeBuiltin('node:path').join(directory, 'tokenizer.json'),
  });
}

/**
 * The token that a model's tokenizer has for padding; undefined where it has none, or no tokenizer is carried.
 *
 * GPT-NeoX's tokenizer names none as its padding token, but has `<|padding|>`.
 */
export function paddingToken(files: CompanionFiles): number | undefined {
  const content = files.get('tokenizer.json');
  if (content === undefined) return undefined;
  let tokenizer: { added_tokens?: unknown } | null;
  try {
    tokenizer = JSON.parse(new TextDecoder().decode(content)) as typeof tokenizer;
  } catch (cause) {
    throw new LanguageModelError(
      'invalid-option',
      'the tokenizer.json that the model carries is not JSON; load the model from a folder whose tokenizer is whole.',
      { cause },
    );
  }
  const added: unknown = tokenizer?.added_tokens;
  const padding = (Array.isArray(added) ? (added as unknown[]) : []).find(
    (token): token is { id: number } =>
      typeof token === 'object' &&
      token !== null &&
      /^(<\|padding\|>|<\|pad\|>|<pad>|\[PAD\])$/.test(String((token as { content?: unknown }).content)) &&
      Number.isSafeInteger((token as { id?: unknown }).id),
  );
  return padding?.id;
}
