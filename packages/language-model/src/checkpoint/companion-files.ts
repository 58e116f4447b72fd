import { CheckpointError } from '../errors.js';
import { diskFolder } from '../files/disk.js';
import { type FileFolder, readAll } from '../files/opened-file.js';
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
export async function readCompanionFiles(folder: FileFolder): Promise<CompanionFiles> {
  const found = await Promise.all(
    COMPANION_FILES.map(async (name) => {
      const file = await folder.open(name);
      return file === undefined ? [] : [[name, await readAll(file)] as const];
    }),
  );
  return { files: new Map(found.flat()), directory: folder.place };
}

/**
 * The files of the tokenizer in a folder.
 *
 * @throws {CheckpointError} `checkpoint-not-found` where it has no `tokenizer.json`
 */
export async function readTokenizerFiles(directory: string): Promise<CompanionFiles> {
  const folder = diskFolder(directory);
  const companions = await readCompanionFiles(folder);
  if (companions.files.has('tokenizer.json')) return companions;
  throw new CheckpointError('checkpoint-not-found', 'give the folder of a tokenizer.', {
    file: folder.pathOf('tokenizer.json'),
  });
}
