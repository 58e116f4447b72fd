import { type ModelSize, sizeOf } from '../families/model-size.js';
import { architectureOf } from '../families/registry.js';
import { configurationObject } from './checkpoint.js';
import type { LocateOptions } from './find-model.js';
import { openStoredModel } from './open-stored-model.js';

/**
 * The size of a stored model, from its `config.json`. A head of its own that the weights have where `config.json` says that it is tied
 * is not counted.
 *
 * @param directoryOrRepository as for `loadPretrained`
 * @throws {CheckpointError} whose `code`, `file`, `expected` and `found` say what is wrong
 * @example
 * const { parameters } = await storedModelSize('base');
 * console.log(parameters > 0); // true
 */
export async function storedModelSize(
  directoryOrRepository: string,
  options: LocateOptions = {},
): Promise<ModelSize> {
  const { configuration } = await openStoredModel(directoryOrRepository, options);
  const { file } = configuration;
  const json = configurationObject(configuration.json, file);
  const architecture = architectureOf(json['model_type'], file, options.architectures);
  return sizeOf(architecture, architecture.read(json, file));
}
