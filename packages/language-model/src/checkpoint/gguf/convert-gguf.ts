import { nodeBuiltin } from '@ais/runtime/files';
import { WEIGHTS_FILE } from '../checkpoint.js';
import { fillOnce } from '../fill-once.js';
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
  const { writeFile } = nodeBuiltin('node:fs/promises', 'Converting GGUF');
  const { join } = nodeBuiltin('node:path', 'Converting GGUF');
  await fillOnce(directory, async (temporary) => {
    const { weights, files } = await openGgufModel(file);
    try {
      for (const [name, content] of files) await writeFile(join(temporary, name), content);
      const tensors = Array.from(weights.entries, ([name, { shape }]) => ({
        name,
        shape,
        values: () => weights.read(name),
      }));
      await writeSafetensors(join(temporary, WEIGHTS_FILE), tensors);
    } finally {
      await weights.close();
    }
  });
}
