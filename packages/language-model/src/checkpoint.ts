import * as tf from '@tensorflow/tfjs-core';
import type { GptNeoxConfiguration } from './configuration.js';
import { CheckpointError } from './errors.js';
import { fromHuggingFace, toHuggingFace } from './hugging-face-configuration.js';
import { nodeBuiltin } from './node-builtins.js';
import { makeVariables, type ParameterSpecification } from './parameters.js';
import {
  openSafetensors,
  readFailure,
  type SafetensorsFile,
  writeFailure,
  writeSafetensors,
} from './safetensors.js';

const CONFIGURATION_FILE = 'config.json';
const WEIGHTS_FILE = 'model.safetensors';
const INDEX_FILE = 'model.safetensors.index.json';

/** Tensors of older checkpoints that hold constants, not weights. */
const LEGACY_BUFFER = /\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)$/;

/** A checkpoint's configuration, and its `config.json` as it is. */
export interface StoredConfiguration {
  readonly configuration: GptNeoxConfiguration;
  readonly json: Readonly<Record<string, unknown>>;
  readonly file: string;
}

/** Reads a checkpoint's `config.json`. */
export async function readConfiguration(directory: string): Promise<StoredConfiguration> {
  const file = nodeBuiltin('node:path').join(directory, CONFIGURATION_FILE);
  const json = await readJson(file);
  return { configuration: fromHuggingFace(json, file), json: json as Record<string, unknown>, file };
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await nodeBuiltin('node:fs/promises').readFile(file, 'utf8');
  } catch (cause) {
    throw readFailure(file, cause);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError('checkpoint-corrupt', 'it is not JSON.', { file }, { cause });
  }
}

/**
 * Reads every parameter from a checkpoint's safetensors files, one tensor at a time.
 *
 * @param ignored names that may be in the checkpoint without being parameters, such as a tied head
 * @throws {CheckpointError} naming file, tensor, expected and found
 */
export async function readParameters(
  directory: string,
  specifications: readonly ParameterSpecification[],
  ignored: ReadonlySet<string> = new Set(),
): Promise<Map<string, tf.Variable>> {
  const wanted = new Map(specifications.map((specification) => [specification.name, specification]));
  const shards = await openShards(directory);
  const values = new Map<string, tf.Tensor>();
  try {
    const where = new Map<string, SafetensorsFile>();
    for (const shard of shards) {
      for (const tensor of shard.entries.keys()) {
        if (where.has(tensor)) {
          throw new CheckpointError('checkpoint-corrupt', 'another file of the checkpoint has it too.', {
            file: shard.path,
            tensor,
          });
        }
        if (!wanted.has(tensor) && !ignored.has(tensor) && !LEGACY_BUFFER.test(tensor)) {
          throw new CheckpointError('unexpected-tensor', 'the configuration has no place for it.', {
            file: shard.path,
            tensor,
          });
        }
        where.set(tensor, shard);
      }
    }
    for (const { name, shape } of specifications) {
      const shard = where.get(name);
      if (shard === undefined) {
        throw new CheckpointError('missing-tensor', 'no file of the checkpoint has it.', {
          file: nodeBuiltin('node:path').join(directory, WEIGHTS_FILE),
          tensor: name,
          expected: `[${shape.join(', ')}]`,
          found: 'nothing',
        });
      }
      const found = shard.entries.get(name)?.shape ?? [];
      if (found.length !== shape.length || found.some((size, axis) => size !== shape[axis])) {
        throw new CheckpointError('wrong-shape', 'its shape does not fit the configuration.', {
          file: shard.path,
          tensor: name,
          expected: `[${shape.join(', ')}]`,
          found: `[${found.join(', ')}]`,
        });
      }
    }
    for (const { name, shape } of specifications) {
      const shard = where.get(name) as SafetensorsFile;
      values.set(name, tf.tensor(await shard.read(name), [...shape], 'float32'));
    }
    return makeVariables(specifications, ({ name }) => values.get(name) as tf.Tensor);
  } finally {
    for (const value of values.values()) value.dispose();
    await Promise.all(shards.map((shard) => shard.close()));
  }
}

async function openShards(directory: string): Promise<SafetensorsFile[]> {
  const { join } = nodeBuiltin('node:path');
  const single = join(directory, WEIGHTS_FILE);
  const indexPath = join(directory, INDEX_FILE);
  const { access } = nodeBuiltin('node:fs/promises');
  const exists = (path: string): Promise<boolean> =>
    access(path).then(
      () => true,
      () => false,
    );
  if ((await exists(single)) || !(await exists(indexPath))) return [await openSafetensors(single)];

  const index = await readJson(indexPath);
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null) {
    throw new CheckpointError('checkpoint-corrupt', 'it has no weight_map.', { file: indexPath });
  }
  const names = new Set<string>();
  for (const [tensor, name] of Object.entries(map)) {
    // A shard lies beside its index: a name with a path in it could lead anywhere.
    if (typeof name !== 'string' || !/^[\w.-]+\.safetensors$/.test(name)) {
      throw new CheckpointError('checkpoint-corrupt', 'its weight_map names no file beside it.', {
        file: indexPath,
        tensor,
        expected: 'a file name that ends in .safetensors',
        found: JSON.stringify(name),
      });
    }
    names.add(name);
  }
  const shards: SafetensorsFile[] = [];
  try {
    for (const name of names) shards.push(await openSafetensors(join(directory, name)));
    for (const [tensor, name] of Object.entries(map)) {
      const path = join(directory, name as string);
      if (!shards.some((shard) => shard.path === path && shard.entries.has(tensor))) {
        throw new CheckpointError('missing-tensor', 'the index says that this file has it.', {
          file: path,
          tensor,
        });
      }
    }
    return shards;
  } catch (error) {
    await Promise.all(shards.map((shard) => shard.close()));
    throw error;
  }
}

/**
 * Writes `config.json` and `model.safetensors` (float32), each whole or not at all: under a temporary name first,
 * the weights before the configuration.
 *
 * @throws {CheckpointError} `checkpoint-unwritable` with the system's reason
 */
export async function writeCheckpoint(
  directory: string,
  configuration: GptNeoxConfiguration,
  parameters: ReadonlyMap<string, tf.Variable>,
  { architecture, extraKeys = {} }: { architecture: string; extraKeys?: Record<string, unknown> },
): Promise<void> {
  const { mkdir, rename, rm, writeFile } = nodeBuiltin('node:fs/promises');
  const { join } = nodeBuiltin('node:path');
  const weights = join(directory, WEIGHTS_FILE);
  const config = join(directory, CONFIGURATION_FILE);
  const temporary = (path: string): string => `${path}.${process.pid}.tmp`;
  try {
    await mkdir(directory, { recursive: true });
    await writeSafetensors(
      temporary(weights),
      [...parameters].map(([name, variable]) => ({
        name,
        shape: variable.shape,
        values: async () => (await variable.data()) as Float32Array,
      })),
    );
    const json = { ...toHuggingFace(configuration, architecture), ...extraKeys };
    await writeFile(temporary(config), `${JSON.stringify(json, null, 2)}\n`);
    await rename(temporary(weights), weights);
    await rename(temporary(config), config);
    // An index of an earlier, sharded model would name tensors that are no longer there.
    await rm(join(directory, INDEX_FILE), { force: true });
  } catch (cause) {
    await Promise.all([weights, config].map((path) => rm(temporary(path), { force: true }).catch(() => {})));
    throw cause instanceof CheckpointError ? cause : writeFailure(directory, cause);
  }
}
