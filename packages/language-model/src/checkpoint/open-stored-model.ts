import { nodeBuiltin } from '@ais/runtime/files';
import { CONFIGURATION_FILE, parseJson, readJson } from './checkpoint.js';
import { readCompanionFiles } from './companion-files.js';
import { openGgufModel } from './gguf/gguf-model.js';
import { findModel, type LocateOptions } from './model-folder.js';
import { openShards } from './shards.js';
import type { StoredModel } from './stored-model.js';

/**
 * Finds a model by a path or a repository's name, and reads everything but its weights.
 *
 * @throws {CheckpointError} as `locateModel` does; `checkpoint-corrupt`
 */
export async function openStoredModel(name: string, options: LocateOptions): Promise<StoredModel> {
  const { path, isGguf } = await findModel(name, options);
  return isGguf ? ofGguf(path) : ofFolder(path);
}

async function ofFolder(directory: string): Promise<StoredModel> {
  const file = nodeBuiltin('node:path', 'Reading a model').join(directory, CONFIGURATION_FILE);
  return {
    place: directory,
    configuration: { json: await readJson(file), file },
    companions: await readCompanionFiles(directory),
    openWeights: () => openShards(directory),
  };
}

async function ofGguf(path: string): Promise<StoredModel> {
  const { weights, files } = await openGgufModel(path);
  await weights.close();
  const companions = new Map(files);
  companions.delete(CONFIGURATION_FILE);
  return {
    place: path,
    configuration: { json: parseJson(files.get(CONFIGURATION_FILE) ?? '', path), file: path },
    companions: { files: companions, directory: path },
    openWeights: async () => [(await openGgufModel(path)).weights],
  };
}
