import { nodeBuiltin, sha256, sha256OfFile } from '@ais/runtime/files';
import type { Json } from '../../files/json.js';
import { CONFIGURATION_FILE, configurationObject, WEIGHTS_FILE } from '../checkpoint.js';
import { convertedFolder } from '../converted-folder.js';
import { fillOnce } from '../fill-once.js';
import { writeSafetensors } from '../safetensors.js';
import type { StoredModel } from '../stored-model.js';

/**
 * Writes a base model with its adapters merged into the cache, in float32, once for all models of the same content.
 *
 * @returns the folder
 * @throws {CheckpointError} as `loadPretrained` does
 * @throws {FileError} `disk-full`, `not-writable`
 */
export async function mergedFolder(model: StoredModel): Promise<string> {
  const { mkdir, writeFile } = nodeBuiltin('node:fs/promises', 'Merging an adapter');
  const { basename, dirname, join, resolve } = nodeBuiltin('node:path', 'Merging an adapter');
  const { configuration, companions, adapters, openWeights } = model;
  const shards = await openWeights();
  try {
    const directory = convertedFolder(basename(resolve(model.place)), {
      configuration: configuration.json,
      companions: Array.from(companions.files, ([name, content]) => [name, sha256(content)]),
      files: await Promise.all(
        [...adapters, ...shards.map(({ path }) => path)].map((path) => sha256OfFile(path)),
      ),
    });
    await fillOnce(directory, async (temporary) => {
      const config = `${JSON.stringify(inFloat32(configurationObject(configuration.json, configuration.file)), null, 2)}\n`;
      for (const [file, content] of [...companions.files, [CONFIGURATION_FILE, config] as const]) {
        await mkdir(dirname(join(temporary, file)), { recursive: true });
        await writeFile(join(temporary, file), content);
      }
      const tensors = shards.flatMap((shard) =>
        Array.from(shard.entries, ([tensor, { shape }]) => ({
          name: tensor,
          shape,
          values: () => shard.read(tensor),
        })),
      );
      await writeSafetensors(join(temporary, WEIGHTS_FILE), tensors);
    });
    return directory;
  } finally {
    await Promise.all(shards.map((shard) => shard.close()));
  }
}

/** `config.json` as it says what is written; older versions of `transformers` know the type as torch_dtype. */
function inFloat32(json: Json): Json {
  const { torch_dtype: former } = json;
  return { ...json, dtype: 'float32', ...(former !== undefined && { torch_dtype: 'float32' }) };
}
