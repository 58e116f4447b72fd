import { collectGarbage } from '@ais/runtime';
import { type ModelSize, sizeOf } from '../families/model-size.js';
import { declaredConfiguration } from './checkpoint.js';
import type { LocateOptions } from './find-model.js';
import { openStoredModel } from './open-stored-model.js';
import { withStoredHead } from './own-head.js';

/**
 * The size of a stored model, from its `config.json`; its weights are not read. Only where they have an output head, and `config.json`
 * says that it is tied to the embedding, the two are read and compared: a head that differs is counted, as `loadPretrained` uses it.
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
  const stored = await openStoredModel(directoryOrRepository, options);
  const { architecture, configuration } = declaredConfiguration(stored.configuration, options.architectures);
  const size = sizeOf(architecture, await withStoredHead(stored, architecture, configuration));
  await collectGarbage();
  return size;
}
