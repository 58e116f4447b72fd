import { CheckpointError } from '../errors.js';
import { diskFolder } from '../files/disk.js';
import { type FileFolder, openRequired, readAll } from '../files/opened-file.js';
import { INDEX_FILE, parseIndex, parseJson, shardNames, WEIGHTS_FILE } from './checkpoint.js';
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
    if (shards.size === 0) throw noShards(index.path);
    return [...shards.values()];
  } catch (error) {
    await Promise.all([...shards.values()].map((shard) => shard.close()));
    throw error;
  }
}

/**
 * The files of a folder on disk that hold its model's weights, as `loadPretrained` reads them: `model.safetensors`, or else the
 * index and the files that it names. Others, such as those of another precision or of a former index, are not among them.
 *
 * @returns names of files within the folder
 * @throws {CheckpointError} `checkpoint-not-found` where one is missing; `checkpoint-corrupt` for an index that names none;
 *   `checkpoint-unreadable`
 * @example
 * console.log(await weightNames('aligned')); // [ 'model.safetensors' ]
 */
export async function weightNames(directory: string): Promise<string[]> {
  const folder = diskFolder(directory);
  const there = await folder.list('');
  if (there.includes(WEIGHTS_FILE) || !there.includes(INDEX_FILE)) {
    await (await openRequired(folder, WEIGHTS_FILE)).close();
    return [WEIGHTS_FILE];
  }
  const index = folder.pathOf(INDEX_FILE);
  const shards = await shardNames(index);
  if (shards.length === 0) throw noShards(index);
  for (const name of shards) await (await openRequired(folder, name)).close();
  return [INDEX_FILE, ...shards];
}

function noShards(file: string): CheckpointError {
  return new CheckpointError('checkpoint-corrupt', 'its weight_map is empty.', { file });
}
