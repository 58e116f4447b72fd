import { halfToNumber } from '../float-formats.js';
import type { BlockReader } from './legacy-quants.js';

/**
 * The scale and the offset, of 6 bits each, of one of a block's eight parts, from the 12 bytes that hold all of them:
 * the low 6 bits of bytes 0–7 are parts 0–3; parts 4–7 have their low 4 bits in bytes 8–11, and their high 2 bits at the
 * top of bytes 0–7.
 */
function partScale(stored: DataView, from: number, part: number): number {
  if (part < 4) return stored.getUint8(from + part) & 63;
  return (stored.getUint8(from + part + 4) & 15) | ((stored.getUint8(from + part - 4) >> 2) & 48);
}

function partOffset(stored: DataView, from: number, part: number): number {
  if (part < 4) return stored.getUint8(from + part + 4) & 63;
  return (stored.getUint8(from + part + 4) >> 4) | ((stored.getUint8(from + part) >> 2) & 48);
}

/** Q4_K: scale and offset (halves) of eight parts' scales and offsets (12 bytes), then 256 numbers of 4 bits. */
export const readQ4K: BlockReader = (stored, from, numbers, to) => {
  const scale = halfToNumber(stored.getUint16(from, true));
  const offset = halfToNumber(stored.getUint16(from + 2, true));
  for (let part = 0; part < 8; part++) {
    const partial = scale * partScale(stored, from + 4, part);
    const less = offset * partOffset(stored, from + 4, part);
    // Two parts share 32 bytes: the low halves are the first's.
    const shift = 4 * (part % 2);
    const bytes = from + 16 + 32 * (part >> 1);
    for (let index = 0; index < 32; index++) {
      numbers[to + 32 * part + index] = partial * ((stored.getUint8(bytes + index) >> shift) & 15) - less;
    }
  }
};

/** Q5_K: as Q4_K, with the fifth bits of all parts in 32 bytes before the low ones, a bit of each byte per part. */
export const readQ5K: BlockReader = (stored, from, numbers, to) => {
  const scale = halfToNumber(stored.getUint16(from, true));
  const offset = halfToNumber(stored.getUint16(from + 2, true));
  for (let part = 0; part < 8; part++) {
    const partial = scale * partScale(stored, from + 4, part);
    const less = offset * partOffset(stored, from + 4, part);
    const shift = 4 * (part % 2);
    const bytes = from + 48 + 32 * (part >> 1);
    for (let index = 0; index < 32; index++) {
      const low = (stored.getUint8(bytes + index) >> shift) & 15;
      const fifth = (stored.getUint8(from + 16 + index) >> part) & 1;
      numbers[to + 32 * part + index] = partial * (low | (fifth << 4)) - less;
    }
  }
};

/** Q6_K: the low 4 bits of 256 numbers, their high 2 bits, sixteen signed scales, and the scale of these (half). */
export const readQ6K: BlockReader = (stored, from, numbers, to) => {
  const scale = halfToNumber(stored.getUint16(from + 208, true));
  for (let group = 0; group < 8; group++) {
    // Four groups of 32 share 64 bytes of low bits, and 32 bytes of high ones.
    const low = from + 64 * (group >> 2) + 32 * (group % 2);
    const lowShift = 4 * ((group >> 1) % 2);
    const high = from + 128 + 32 * (group >> 2);
    const highShift = 2 * (group % 4);
    for (let index = 0; index < 32; index++) {
      const partial = scale * stored.getInt8(from + 192 + 2 * group + (index >> 4));
      const bits =
        ((stored.getUint8(low + index) >> lowShift) & 15) |
        (((stored.getUint8(high + index) >> highShift) & 3) << 4);
      numbers[to + 32 * group + index] = partial * (bits - 32);
    }
  }
};
