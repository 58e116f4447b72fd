import { nodeBuiltin } from '@ais/runtime/files';
import { architectureOf } from '../families/index.js';
import { type ModelSize, sizeOf } from '../families/model-size.js';
import { CONFIGURATION_FILE, configurationObject, readJson } from './checkpoint.js';
import { type LocateOptions, locateModel } from './model-folder.js';

/**
 * The size of a stored model, from its `config.json`.
 *
 * @param directoryOrRepository as for `loadPretrained`
 * @throws {CheckpointError} whose `code`, `file`, `expected` and `found` say what is wrong
 */
export async function storedModelSize(
  directoryOrRepository: string,
  options: LocateOptions = {},
): Promise<ModelSize> {
  const directory = await locateModel(directoryOrRepository, options);
  const file = nodeBuiltin('node:path', 'Reading a model').join(directory, CONFIGURATION_FILE);
  const json = configurationObject(await readJson(file), file);
  const architecture = architectureOf(json['model_type'], file, options.architectures);
  return sizeOf(architecture, architecture.read(json, file));
}
