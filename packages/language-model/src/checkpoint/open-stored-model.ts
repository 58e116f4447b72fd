import { nodeBuiltin } from '@ais/runtime/files';
import { CheckpointError } from '../errors.js';
import { diskFolder, openFile } from '../files/disk.js';
import { type FileFolder, type OpenedFile, openRequired, readAll } from '../files/opened-file.js';
import { CONFIGURATION_FILE, parseJson } from './checkpoint.js';
import { readCompanionFiles } from './companion-files.js';
import { type FoundModel, findModel, type LocateOptions } from './find-model.js';
import { openGgufModel } from './gguf/gguf-model.js';
import { type GivenModel, givenModel, type ModelSource, type SourceOptions } from './model-source.js';
import { adaptedModel } from './peft/adapted-model.js';
import { findAdapter, findBase, readAdapter } from './peft/find-adapter.js';
import { openShards } from './shards.js';
import type { StoredModel } from './stored-model.js';

/**
 * Finds a model, and reads everything but its weights.
 *
 * @throws {CheckpointError} as `locateModel` and `givenModel` do; `checkpoint-corrupt`
 */
export async function openStoredModel(
  source: ModelSource,
  { adapter, ...options }: LocateOptions & SourceOptions,
): Promise<StoredModel> {
  const given = await givenModel(source, options);
  const model = given
    ? await openGiven(given)
    : await openFound(await findModel(String(source), options), options);
  if (adapter === undefined) return model;
  // A commit or branch is the model's, not the adapter's.
  const { revision: _, ...others } = options;
  return adaptedModel(model, await findAdapter(adapter, others), options.architectures);
}

function openGiven(model: GivenModel): Promise<StoredModel> {
  return model.kind === 'folder' ? ofFolder(model.folder) : ofGguf(model.open);
}

/** @param above the adapters on the way here, each the base of the one before */
async function openFound(
  { path, kind }: FoundModel,
  options: LocateOptions,
  above: readonly string[] = [],
): Promise<StoredModel> {
  if (kind === 'folder') return ofFolder(diskFolder(path), path);
  if (kind === 'gguf') return ofGguf(() => openFile(path), path);
  const place = nodeBuiltin('node:path', 'Reading an adapter').resolve(path);
  if (above.includes(place)) {
    throw new CheckpointError('checkpoint-corrupt', 'the adapter is its own base model.', { file: path });
  }
  const adapter = await readAdapter(path);
  const base = await openFound(await findBase(adapter, options), options, [...above, place]);
  return adaptedModel(base, adapter, options.architectures);
}

async function ofFolder(folder: FileFolder, path?: string): Promise<StoredModel> {
  const configuration = await openRequired(folder, CONFIGURATION_FILE);
  return {
    place: folder.place,
    path,
    configuration: {
      json: parseJson(await readAll(configuration), configuration.path),
      file: configuration.path,
    },
    companions: await readCompanionFiles(folder),
    warnings: [],
    adapters: [],
    openWeights: () => openShards(folder),
  };
}

/** @param open opens the GGUF file, once for its header and once for its weights */
async function ofGguf(open: () => Promise<OpenedFile>, path?: string): Promise<StoredModel> {
  const { weights, files, warnings } = await openGgufModel(await open());
  await weights.close();
  const { path: file } = weights;
  const companions = new Map(files);
  companions.delete(CONFIGURATION_FILE);
  return {
    place: file,
    path,
    configuration: { json: parseJson(files.get(CONFIGURATION_FILE) ?? '', file), file },
    companions: { files: companions, directory: file },
    warnings,
    adapters: [],
    openWeights: async () => [(await openGgufModel(await open())).weights],
  };
}
