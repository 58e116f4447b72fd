import { nodeBuiltin } from '@ais/runtime/files';
import { CheckpointError } from '../errors.js';
import { exists, INDEX_FILE, readIndex, WEIGHTS_FILE } from './checkpoint.js';
import { openSafetensors, type SafetensorsFile } from './safetensors.js';

/** Opens `model.safetensors`, or else the files that the index names. */
export async function openShards(directory: string): Promise<SafetensorsFile[]> {
  const { join } = nodeBuiltin('node:path', 'Reading a model');
  const single = join(directory, WEIGHTS_FILE);
  const indexFile = join(directory, INDEX_FILE);
  if ((await exists(single)) || !(await exists(indexFile))) return [await openSafetensors(single)];

  const map = await readIndex(indexFile);
  const shards = new Map<string, SafetensorsFile>();
  try {
    for (const [tensor, name] of Object.entries(map)) {
      const shard = shards.get(name) ?? (await openSafetensors(join(directory, name)));
      shards.set(name, shard);
      if (!shard.entries.has(tensor)) {
        throw new CheckpointError(
          'missing-tensor',
          'the index says that this file has the tensor, and it does not.',
          {
            file: shard.path,
            tensor,
          },
        );
      }
    }
    if (shards.size === 0) {
      throw new CheckpointError('checkpoint-corrupt', 'its weight_map is empty.', { file: indexFile });
    }
    return [...shards.values()];
  } catch (error) {
    await Promise.all([...shards.values()].map((shard) => shard.close()));
    throw error;
  }
}
