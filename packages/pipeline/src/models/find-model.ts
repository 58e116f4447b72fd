import { existsSync } from 'node:fs';
import { locateModel } from '@ais/language-model';
import { namedModel } from './named-models.js';
import { pullModel } from './pull-model.js';

/**
 * The folder of a model that a setting names: a folder, a run, a GGUF file, a model that is known by name, or `owner/name`
 * on the Hugging Face Hub. What exists on disk is read from disk.
 *
 * @throws {CheckpointError} as `locateModel`; and what `pullModel` throws
 * @example
 * const folder = await findModel('smollm2-135m-instruct');
 */
export async function findModel(name: string): Promise<string> {
  if (namedModel(name) === undefined || existsSync(name)) return locateModel(name);
  return (await pullModel(name)).directory;
}
