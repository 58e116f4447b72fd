import {
  openSafetensors,
  requireFiniteWeights,
  writeSafetensors as writeFile,
} from '@ais/language-model/safetensors';

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
 * @throws {CheckpointError} if the file is not one, or is cut off; `not-finite-weights` if a number is NaN or infinite
 */
export async function readSafetensors(path: string): Promise<Map<string, StoredTensor>> {
  const file = await openSafetensors(path);
  try {
    const tensors = new Map<string, StoredTensor>();
    for (const [name, { shape }] of file.entries) {
      const values = await file.read(name);
      requireFiniteWeights(values, { file: path, tensor: name });
      tensors.set(name, { shape, values });
    }
    return tensors;
  } finally {
    await file.close();
  }
}
