import { nodeBuiltin } from '@ais/runtime/files';
import { CheckpointError } from '../errors.js';
import { readFailure, readWhole } from '../files.js';
import type { CompanionFiles } from '../model/companion-files.js';

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

/**
 * Reads those of the companion files that a folder has.
 *
 * Their contents are kept, not their places: the folder may be gone when the model is saved.
 *
 * @throws {CheckpointError} `checkpoint-unreadable`
 */
export async function readCompanionFiles(directory: string): Promise<CompanionFiles> {
  const { join } = nodeBuiltin('node:path', 'Reading a model');
  const present = await nodeBuiltin('node:fs/promises', 'Reading a model')
    .readdir(directory)
    .catch((cause: unknown) => {
      throw readFailure(directory, cause);
    });
  const files = new Map<string, Uint8Array>();
  for (const name of COMPANION_FILES) {
    if (present.includes(name)) files.set(name, await readWhole(join(directory, name)));
  }
  return { files, directory };
}

/**
 * The files of the tokenizer in a folder.
 *
 * @throws {CheckpointError} `checkpoint-not-found` where it has no `tokenizer.json`
 */
export async function readTokenizerFiles(directory: string): Promise<CompanionFiles> {
  const companions = await readCompanionFiles(directory);
  if (companions.files.has('tokenizer.json')) return companions;
  throw new CheckpointError('checkpoint-not-found', 'give the folder of a tokenizer.', {
    file: nodeBuiltin('node:path', 'Reading a model').join(directory, 'tokenizer.json'),
  });
}
