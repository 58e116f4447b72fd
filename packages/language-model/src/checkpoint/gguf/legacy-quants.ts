import { halfToNumber } from '../float-formats.js';

/**
 * Writes the numbers of one block.
 *
 * Products and sums are rounded to float32 once, when they are stored: a product of a scale (a half, or a half times 6
 * bits) and a quantized number is exact in float32 already, so one rounding is what float32 arithmetic does.
 *
 * @param from where the block begins in `stored`
 * @param to where its numbers begin in `numbers`
 */
export type BlockReader = (stored: DataView, from: number, numbers: Float32Array, to: number) => void;

const HALF = 16;

/** Q4_0: a scale (half), then 32 numbers of 4 bits, less 8; the low halves of 16 bytes first. */
export const readQ4: BlockReader = (stored, from, numbers, to) => {
  const scale = halfToNumber(stored.getUint16(from, true));
  for (let index = 0; index < HALF; index++) {
    const byte = stored.getUint8(from + 2 + index);
    numbers[to + index] = scale * ((byte & 15) - 8);
    numbers[to + HALF + index] = scale * ((byte >> 4) - 8);
  }
};

/** Q4_1: a scale and a least number (halves), then 32 numbers of 4 bits. */
export const readQ4Offset: BlockReader = (stored, from, numbers, to) => {
  const scale = halfToNumber(stored.getUint16(from, true));
  const least = halfToNumber(stored.getUint16(from + 2, true));
  for (let index = 0; index < HALF; index++) {
    const byte = stored.getUint8(from + 4 + index);
    numbers[to + index] = scale * (byte & 15) + least;
    numbers[to + HALF + index] = scale * (byte >> 4) + least;
  }
};

/** Q5_0: a scale (half), 32 fifth bits, then the low 4 bits of 32 numbers, less 16. */
export const readQ5: BlockReader = (stored, from, numbers, to) => {
  const scale = halfToNumber(stored.getUint16(from, true));
  const fifth = stored.getUint32(from + 2, true);
  for (let index = 0; index < HALF; index++) {
    const byte = stored.getUint8(from + 6 + index);
    numbers[to + index] = scale * (((byte & 15) | (((fifth >>> index) & 1) << 4)) - 16);
    numbers[to + HALF + index] = scale * (((byte >> 4) | (((fifth >>> (HALF + index)) & 1) << 4)) - 16);
  }
};

/** Q5_1: a scale and a least number (halves), 32 fifth bits, then the low 4 bits of 32 numbers. */
export const readQ5Offset: BlockReader = (stored, from, numbers, to) => {
  const scale = halfToNumber(stored.getUint16(from, true));
  const least = halfToNumber(stored.getUint16(from + 2, true));
  const fifth = stored.getUint32(from + 4, true);
  for (let index = 0; index < HALF; index++) {
    const byte = stored.getUint8(from + 8 + index);
    numbers[to + index] = scale * ((byte & 15) | (((fifth >>> index) & 1) << 4)) + least;
    numbers[to + HALF + index] = scale * ((byte >> 4) | (((fifth >>> (HALF + index)) & 1) << 4)) + least;
  }
};

/** Q8_0: a scale (half), then 32 signed bytes. */
export const readQ8: BlockReader = (stored, from, numbers, to) => {
  const scale = halfToNumber(stored.getUint16(from, true));
  for (let index = 0; index < 32; index++) numbers[to + index] = scale * stored.getInt8(from + 2 + index);
};
