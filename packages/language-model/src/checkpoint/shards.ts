import { CheckpointError } from '../errors.js';
import { type FileFolder, openRequired, readAll } from '../files/opened-file.js';
import { INDEX_FILE, parseIndex, parseJson, WEIGHTS_FILE } from './checkpoint.js';
import { openSafetensors, type SafetensorsFile } from './safetensors.js';

/** Opens `model.safetensors`, or else the files that the index names. */
export async function openShards(folder: FileFolder): Promise<SafetensorsFile[]> {
  const single = await folder.open(WEIGHTS_FILE);
  if (single !== undefined) return [await openSafetensors(single)];
  const index = await folder.open(INDEX_FILE);
  if (index === undefined) return [await openSafetensors(await openRequired(folder, WEIGHTS_FILE))];

  const map = parseIndex(parseJson(await readAll(index), index.path), index.path);
  const shards = new Map<string, SafetensorsFile>();
  try {
    for (const [tensor, name] of Object.entries(map)) {
      const shard = shards.get(name) ?? (await openSafetensors(await openRequired(folder, name)));
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
      throw new CheckpointError('checkpoint-corrupt', 'its weight_map is empty.', { file: index.path });
    }
    return [...shards.values()];
  } catch (error) {
    await Promise.all([...shards.values()].map((shard) => shard.close()));
    throw error;
  }
}
