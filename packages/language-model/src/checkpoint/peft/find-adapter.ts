import { nodeBuiltin } from '@ais/runtime/files';
import { isRepositoryName } from '@ais/runtime/hub';
import { CheckpointError } from '../../errors.js';
import { exists, readJson } from '../checkpoint.js';
import { type FoundModel, findModel, type LocateOptions } from '../find-model.js';
import {
  ADAPTER_CONFIGURATION_FILE,
  ADAPTER_FOLDER,
  type AdapterConfiguration,
  readAdapterConfiguration,
} from './adapter-configuration.js';

/** A folder of PEFT, and what its configuration says. */
export interface StoredAdapter {
  readonly folder: string;
  /** `adapter_config.json` */
  readonly file: string;
  readonly configuration: AdapterConfiguration;
}

/**
 * Finds an adapter: a folder of PEFT, the one beside a model that was trained here, or a repository on the Hub.
 *
 * @throws {CheckpointError} `checkpoint-not-found` where there is none, and as `findModel` does
 */
export async function findAdapter(name: string, options: LocateOptions): Promise<StoredAdapter> {
  const { path, kind } = await findModel(name, options);
  if (kind === 'adapter') return readAdapter(path);
  const { join } = nodeBuiltin('node:path', 'Reading an adapter');
  const beside = join(path, ADAPTER_FOLDER);
  if (kind === 'folder' && (await exists(join(beside, ADAPTER_CONFIGURATION_FILE))))
    return readAdapter(beside);
  throw new CheckpointError('checkpoint-not-found', 'it has no adapter. Give a folder that PEFT wrote.', {
    file: path,
    expected: ADAPTER_CONFIGURATION_FILE,
  });
}

/**
 * Finds the folder of an adapter, as `findAdapter` does.
 *
 * @param name a folder of PEFT, a run of LoRA or its checkpoint, or `owner/name` on the Hub
 * @throws {CheckpointError} `checkpoint-not-found` where there is none; for a wrong folder as `locateModel`
 * @example
 * const folder = await locateAdapter('my-adapter');
 */
export async function locateAdapter(name: string, options: LocateOptions = {}): Promise<string> {
  return (await findAdapter(name, options)).folder;
}

export async function readAdapter(folder: string): Promise<StoredAdapter> {
  const file = nodeBuiltin('node:path', 'Reading an adapter').join(folder, ADAPTER_CONFIGURATION_FILE);
  return { folder, file, configuration: readAdapterConfiguration(await readJson(file), file) };
}

/**
 * Finds the base model that an adapter names: a path, also one that begins at the adapter's folder, or `owner/name` on the Hub,
 * at the adapter's `revision`.
 *
 * @throws {CheckpointError} `peft-adapter` where it names none that is there, and as `findModel` does
 */
export async function findBase(
  { folder, file, configuration: { base, revision } }: StoredAdapter,
  options: LocateOptions,
): Promise<FoundModel> {
  const advice =
    'Set base_model_name_or_path in it to the folder of the base model, or to its owner/name on the Hub.';
  if (base === undefined) {
    throw new CheckpointError(
      'peft-adapter',
      `it is a PEFT adapter that does not say of which model. ${advice}`,
      { file },
    );
  }
  // A commit or branch is the adapter's, not the base's.
  const { revision: _, ...others } = options;
  if (await exists(base)) return findModel(base, others);
  const near = nodeBuiltin('node:path', 'Reading an adapter').resolve(folder, base);
  if (await exists(near)) return findModel(near, others);
  if (isRepositoryName(base))
    return findModel(base, { ...others, ...(revision !== undefined && { revision }) });
  throw new CheckpointError(
    'peft-adapter',
    `it is a PEFT adapter of a model that is not here (${base.slice(0, 200)}). ${advice}`,
    { file },
  );
}
