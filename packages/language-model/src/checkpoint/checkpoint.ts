import { CheckpointError, shown } from '../errors.js';
import type { GptNeoxConfiguration } from '../families/gpt-neox/configuration.js';
import { fromHuggingFace } from '../families/gpt-neox/hugging-face-configuration.js';
import { readWhole } from '../files.js';
import { nodeBuiltin } from '../node-builtins.js';

export const CONFIGURATION_FILE = 'config.json';
export const WEIGHTS_FILE = 'model.safetensors';
export const INDEX_FILE = 'model.safetensors.index.json';

/** A shard lies beside its index: a name with a path in it could lead anywhere. */
export const SHARD_NAME: RegExp = /^[\w.-]+\.safetensors$/;

/** A checkpoint's configuration, and its `config.json` as it is. */
export interface StoredConfiguration {
  readonly configuration: GptNeoxConfiguration;
  readonly json: Readonly<Record<string, unknown>>;
  readonly file: string;
}

/**
 * Reads a checkpoint's `config.json`.
 *
 * @param architecture what `architectures` must name, where the file says it
 * @throws {CheckpointError} `unsupported-architecture` where it names others
 */
export async function readConfiguration(
  directory: string,
  architecture: string,
): Promise<StoredConfiguration> {
  const file = nodeBuiltin('node:path').join(directory, CONFIGURATION_FILE);
  const json = await readJson(file);
  const configuration = fromHuggingFace(json, file);
  const { architectures } = json as { architectures?: unknown };
  if (Array.isArray(architectures) && !architectures.includes(architecture)) {
    throw new CheckpointError('unsupported-architecture', 'it is the configuration of another model.', {
      file,
      expected: architecture,
      found: architectures.slice(0, 4).join(', ') || 'none',
    });
  }
  return { configuration, json: json as Record<string, unknown>, file };
}

/**
 * Reads a JSON file.
 *
 * @throws {CheckpointError} `checkpoint-not-found`, `checkpoint-unreadable`, or `checkpoint-corrupt`
 */
export async function readJson(file: string): Promise<unknown> {
  const content = await readWhole(file);
  try {
    return JSON.parse(content.toString());
  } catch (cause) {
    throw new CheckpointError('checkpoint-corrupt', 'it is not JSON.', { file }, { cause });
  }
}

/** The file of each tensor that a checkpoint's index names, as `weight_map` has it. */
export async function readIndex(file: string): Promise<Record<string, string>> {
  const index = await readJson(file);
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw new CheckpointError('checkpoint-corrupt', 'it has no weight_map.', { file });
  }
  for (const [tensor, name] of Object.entries(map)) {
    if (typeof name !== 'string' || !SHARD_NAME.test(name)) {
      throw new CheckpointError('checkpoint-corrupt', 'its weight_map names no file beside it.', {
        file,
        tensor,
        expected: 'a file name that ends in .safetensors',
        found: shown(name),
      });
    }
  }
  return map as Record<string, string>;
}

export async function exists(path: string): Promise<boolean> {
  return nodeBuiltin('node:fs/promises')
    .access(path)
    .then(
      () => true,
      () => false,
    );
}
