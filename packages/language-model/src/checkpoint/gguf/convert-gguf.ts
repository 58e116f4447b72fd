import { makeWholeFolder, nodeBuiltin, withLock } from '@ais/runtime/files';
import { exists, WEIGHTS_FILE } from '../checkpoint.js';
import { writeSafetensors } from '../safetensors.js';
import { openGgufModel } from './gguf-model.js';

/**
 * Writes the model in a GGUF file as a folder in Hugging Face's layout, in float32; one that is there stays. The folder is
 * there whole or not at all, also if several processes want it.
 *
 * @throws {CheckpointError} as `loadPretrained` does
 * @throws {FileError} `disk-full`, `not-writable`
 * @example
 * await convertGguf('SmolLM2-135M-Instruct.Q4_1.gguf', 'smollm2');
 */
export async function convertGguf(file: string, directory: string): Promise<void> {
  const { mkdir, writeFile } = nodeBuiltin('node:fs/promises', 'Converting GGUF');
  const { dirname, join } = nodeBuiltin('node:path', 'Converting GGUF');
  const isThere = (): Promise<boolean> => exists(join(directory, WEIGHTS_FILE));
  if (await isThere()) return;
  await mkdir(dirname(directory), { recursive: true });
  await withLock(`${directory}.lock`, async () => {
    if (await isThere()) return;
    const { weights, files } = await openGgufModel(file);
    try {
      await makeWholeFolder(directory, async (temporary) => {
        for (const [name, content] of files) await writeFile(join(temporary, name), content);
        const tensors = Array.from(weights.entries, ([name, { shape }]) => ({
          name,
          shape,
          values: () => weights.read(name),
        }));
        await writeSafetensors(join(temporary, WEIGHTS_FILE), tensors);
      });
    } finally {
      await weights.close();
    }
  });
}
