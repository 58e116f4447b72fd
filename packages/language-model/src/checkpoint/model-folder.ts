import { nodeBuiltin, sha256OfFile } from '@ais/runtime/files';
import { convertedFolder } from './converted-folder.js';
import { findModel, type LocateOptions } from './find-model.js';
import { convertGguf } from './gguf/convert-gguf.js';
import { openStoredModel } from './open-stored-model.js';
import { mergedFolder } from './peft/merge-adapter.js';

/**
 * Finds the folder of a model: the folder itself, the newest checkpoint of a run, or, for `owner/name`, the folder that
 * the repository is downloaded to. A GGUF file, or a folder whose only weights are one, is written into the cache in Hugging
 * Face's layout, once; so is a model with its adapter. What exists on disk is never looked up on the Hub.
 *
 * @param name a model's folder, a run's, a GGUF file, an adapter's folder, or `owner/name` on the Hugging Face Hub
 * @returns a folder with `config.json` and weights; its tokenizer, if it has one, is beside them
 * @throws {CheckpointError} with a code for each kind of wrong folder: `checkpoint-not-found`, `pytorch-weights`,
 *   `peft-adapter`, `unsupported-adapter`, `adapter-mismatch`, `gguf-file`, `unsupported-weights`, `unsupported-architecture`, `unfinished-run`, `tokenizer-only`,
 *   `prepared-data`, `not-a-model`
 * @throws {FileError} `disk-full`, `not-writable`, while a GGUF file is converted or an adapter merged
 * @example
 * const folder = await locateModel('checkpoints/step-100');
 */
export async function locateModel(name: string, options: LocateOptions = {}): Promise<string> {
  const { path, kind } = await findModel(name, options);
  if (kind === 'adapter' || options.adapter !== undefined) {
    return mergedFolder(await openStoredModel(name, options));
  }
  return kind === 'gguf' ? cachedFolder(path) : path;
}

/** The folder in the cache that a GGUF file is written into, by the file's content. */
async function cachedFolder(file: string): Promise<string> {
  const { basename } = nodeBuiltin('node:path', 'Reading a model');
  const directory = convertedFolder(basename(file).replace(/\.gguf$/i, ''), await sha256OfFile(file));
  await convertGguf(file, directory);
  return directory;
}
