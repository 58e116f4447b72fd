import { checkRange, fromFloat32 } from '../float-formats.js';

/** The types that numbers are written in. */
export type WrittenType = 'F32' | 'F16' | 'Q8_0';

const BLOCK = 32;

/** The length of a row is a multiple of this many numbers. */
export const TYPE_BLOCKS: Readonly<Record<WrittenType, number>> = { F32: 1, F16: 1, Q8_0: BLOCK };

const BLOCK_BYTES = 2 + BLOCK;

/**
 * Numbers as they are stored, equal bit for bit to `gguf.quants.quantize` of the PyPI package `gguf`.
 *
 * @param values whole blocks of 32 for Q8_0
 * @throws {CheckpointError} `beyond-range`
 */
export function numbersToStore(
  values: Float32Array,
  type: WrittenType,
  place: { readonly file: string; readonly tensor: string },
): Uint8Array {
  if (type !== 'Q8_0') {
    checkRange(values, type, place);
    return fromFloat32(values, type);
  }
  const blocks = values.length / BLOCK;
  const scales = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    let largest = 0;
    for (let index = block * BLOCK; index < (block + 1) * BLOCK; index++) {
      largest = Math.max(largest, Math.abs(values[index] as number));
    }
    scales[block] = largest / 127;
  }
  checkRange(scales, 'F16', place);
  const halves = fromFloat32(scales, 'F16');
  const result = new Uint8Array(blocks * BLOCK_BYTES);
  for (let block = 0; block < blocks; block++) {
    const scale = scales[block] as number;
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    result.set(halves.subarray(2 * block, 2 * block + 2), block * BLOCK_BYTES);
    for (let index = 0; index < BLOCK; index++) {
      const number = Math.fround((values[block * BLOCK + index] as number) * inverse);
      // To the nearest, and away from zero where two are as near.
      const magnitude = Math.abs(number);
      const floor = Math.floor(magnitude);
      const rounded = magnitude - floor < 0.5 ? floor : floor + 1;
      // A byte wraps around: −1 is 255.
      result[block * BLOCK_BYTES + 2 + index] = number < 0 ? -rounded : rounded;
    }
  }
  return result;
}
