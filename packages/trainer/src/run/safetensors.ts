import { openSafetensors, writeSafetensors as writeFile } from '@ais/language-model/safetensors';

/** A float32 array and its shape. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Writes float32 tensors as a safetensors file; flushing it is left to what completes the checkpoint. */
export function writeSafetensors(path: string, tensors: ReadonlyMap<string, StoredTensor>): Promise<void> {
  return writeFile(
    path,
    [...tensors].map(([name, { shape, values }]) => ({ name, shape, values: async () => values })),
  );
}

/**
 * Reads all tensors of a safetensors file.
 *
 * @throws {CheckpointError} if the file is not one, or is cut off
 */
export async function readSafetensors(path: string): Promise<Map<string, StoredTensor>> {
  const file = await openSafetensors(path);
  try {
    const tensors = new Map<string, StoredTensor>();
    for (const [name, { shape }] of file.entries) tensors.set(name, { shape, values: await file.read(name) });
    return tensors;
  } finally {
    await file.close();
  }
}
