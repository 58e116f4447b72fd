import { CheckpointError, LanguageModelError } from '../errors.js';

/** The types that weights are stored in, by their safetensors name. */
export type FloatType = 'F32' | 'F16' | 'BF16';

/** The same types, by the name that `config.json` and PyTorch have for them. */
export type WeightDtype = 'float32' | 'float16' | 'bfloat16';

const FLOAT_TYPES: Readonly<Record<WeightDtype, FloatType>> = {
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
};

/** @throws {LanguageModelError} `invalid-option` for what is no `WeightDtype` */
export function floatTypeOf(dtype: WeightDtype): FloatType {
  if (Object.hasOwn(FLOAT_TYPES, dtype)) return FLOAT_TYPES[dtype];
  throw new LanguageModelError(
    'invalid-option',
    `dtype must be one of ${Object.keys(FLOAT_TYPES).join(', ')}, got ${JSON.stringify(dtype)}.`,
  );
}

/** Bytes of a number of each type that weights are stored in. */
export const FLOAT_BYTES: Readonly<Record<FloatType, number>> = { F32: 4, F16: 2, BF16: 2 };

export function isFloatType(dtype: string): dtype is FloatType {
  return Object.hasOwn(FLOAT_BYTES, dtype);
}

/**
 * Little-endian numbers as float32, in the buffer that holds them: 4 bytes a number, the numbers as they were stored at
 * its end. So reading a weight takes no more memory than the weight.
 */
export function widenInPlace(buffer: ArrayBuffer, dtype: FloatType): Float32Array {
  if (dtype !== 'F32') {
    const bits = new Uint32Array(buffer);
    const halves = new Uint16Array(buffer, 2 * bits.length);
    // From the front: what a number's four bytes overwrite has been read.
    if (dtype === 'BF16') {
      // bfloat16 is the upper half of a float32.
      for (let index = 0; index < bits.length; index++) bits[index] = (halves[index] as number) << 16;
    } else {
      const table = halfTable();
      for (let index = 0; index < bits.length; index++) {
        bits[index] = table[halves[index] as number] as number;
      }
    }
  }
  return new Float32Array(buffer);
}

/**
 * Writes float32 numbers as little-endian numbers of a type, rounded to the nearest, ties to even; a number beyond
 * the type's range becomes infinite, as everywhere in IEEE 754.
 */
export function fromFloat32(values: Float32Array, dtype: FloatType): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const narrow = dtype === 'BF16' ? brainFromBits : halfFromBits;
  const result = new Uint16Array(values.length);
  for (let index = 0; index < bits.length; index++) result[index] = narrow(bits[index] as number);
  return new Uint8Array(result.buffer);
}

/** The number that the bits of a binary16 are. */
export function halfToNumber(half: number): number {
  halfNumbers ??= new Float32Array(halfTable().buffer);
  return halfNumbers[half] as number;
}

/** From here on, rounding to nearest makes a finite number infinite. */
const BEYOND: Readonly<Record<FloatType, number>> = {
  F32: Number.POSITIVE_INFINITY,
  F16: 65_520,
  BF16: (2 - 2 ** -8) * 2 ** 127,
};

/**
 * Refuses finite numbers that would become infinite.
 *
 * @throws {CheckpointError} `beyond-range`
 */
export function checkRange(
  values: Float32Array,
  dtype: FloatType,
  place: { readonly file: string; readonly tensor: string },
): void {
  const limit = BEYOND[dtype];
  if (limit === Number.POSITIVE_INFINITY) return;
  for (const value of values) {
    if (!(Math.abs(value) >= limit && Number.isFinite(value))) continue;
    const other = dtype === 'F16' ? 'bfloat16 or float32' : 'float32';
    throw new CheckpointError(
      'beyond-range',
      `${dtype} cannot hold one of its numbers, which would become infinite. Save as ${other}.`,
      { ...place, expected: `numbers below ${limit}`, found: `${value}` },
    );
  }
}

/** The float32 of each binary16, as bits; made when the first is read. */
function halfTable(): Uint32Array<ArrayBuffer> {
  halfBits ??= Uint32Array.from({ length: 2 ** 16 }, (_, half) => widened(half));
  return halfBits;
}

let halfBits: Uint32Array<ArrayBuffer> | undefined;
let halfNumbers: Float32Array | undefined;

/**
 * The bits of a binary16 (1 of sign, 5 of exponent with bias 15, 10 of fraction) as those of the float32 of the same
 * value (1, 8 with bias 127, 23).
 */
function widened(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  // Subnormal: fraction · 2⁻²⁴, which float32 has as a normal number.
  const value = new Uint32Array(Float32Array.of(fraction * 2 ** -24).buffer)[0] as number;
  return sign | value;
}

/** Half of the last place that goes, less one where that makes an even result, is added before it is cut off. */
function brainFromBits(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40; // stays NaN whatever is cut off
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function halfFromBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65,520 and above round past the largest half, 65,504.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    // Normal: the exponent's bias goes from 127 to 15; rounding may carry into it, which is right.
    const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return sign | ((rounded - (112 << 23)) >>> 13);
  }
  // Subnormal: a whole number of 2⁻²⁴. Adding ½ makes the last place of the float32 just that, so the addition rounds.
  scratch.float[0] = 0.5;
  const half = scratch.bits[0] as number;
  scratch.bits[0] = magnitude;
  scratch.float[0] = (scratch.float[0] as number) + 0.5;
  return sign | ((scratch.bits[0] as number) - half);
}

const scratch = ((): { readonly float: Float32Array; readonly bits: Uint32Array } => {
  const float = new Float32Array(1);
  return { float, bits: new Uint32Array(float.buffer) };
})();
