import { isFloatType, widenInPlace } from '../float-formats.js';
import { readQ4K, readQ5K, readQ6K } from './k-quants.js';
import { type BlockReader, readQ4, readQ4Offset, readQ5, readQ5Offset, readQ8 } from './legacy-quants.js';

/** How a tensor's numbers are stored: in blocks along its last axis, one number a block where they are plain floats. */
export interface TensorType {
  readonly name: string;
  /** Numbers of a block, and the bytes that hold them. */
  readonly block: number;
  readonly bytes: number;
  /** The number that stands for it in a file. */
  readonly id: number;
  /** Absent where the numbers are plain floats. */
  readonly read?: BlockReader;
}

const TYPES: readonly TensorType[] = [
  { id: 0, name: 'F32', block: 1, bytes: 4 },
  { id: 1, name: 'F16', block: 1, bytes: 2 },
  { id: 2, name: 'Q4_0', block: 32, bytes: 18, read: readQ4 },
  { id: 3, name: 'Q4_1', block: 32, bytes: 20, read: readQ4Offset },
  { id: 6, name: 'Q5_0', block: 32, bytes: 22, read: readQ5 },
  { id: 7, name: 'Q5_1', block: 32, bytes: 24, read: readQ5Offset },
  { id: 8, name: 'Q8_0', block: 32, bytes: 34, read: readQ8 },
  { id: 12, name: 'Q4_K', block: 256, bytes: 144, read: readQ4K },
  { id: 13, name: 'Q5_K', block: 256, bytes: 176, read: readQ5K },
  { id: 14, name: 'Q6_K', block: 256, bytes: 210, read: readQ6K },
  { id: 30, name: 'BF16', block: 1, bytes: 2 },
];

const BY_ID: ReadonlyMap<number, TensorType> = new Map(TYPES.map((type) => [type.id, type]));

/** The names of the types that are read. */
export const TYPE_NAMES: readonly string[] = TYPES.map(({ name }) => name);

/** Types that others write, by the number that stands for them, so that what is refused has a name. */
const OTHER_NAMES: Readonly<Record<number, string>> = {
  9: 'Q8_1',
  10: 'Q2_K',
  11: 'Q3_K',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  28: 'F64',
  29: 'IQ1_M',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
  40: 'NVFP4',
  41: 'Q1_0',
};

/** A type that is read, or the name of one that is not. */
export function tensorType(id: number): TensorType | string {
  return BY_ID.get(id) ?? OTHER_NAMES[id] ?? `type ${id}`;
}

/** The type of this name, which is one of `TYPE_NAMES`. */
export function tensorTypeNamed(name: 'F32' | 'F16' | 'Q8_0'): TensorType {
  return TYPES.find((type) => type.name === name) as TensorType;
}

/** Bytes that this many numbers take, in whole blocks. */
export function storedBytes({ block, bytes }: TensorType, numbers: number): number {
  return (numbers / block) * bytes;
}

/**
 * Reads the numbers of a tensor as float32, equal bit for bit to `gguf.quants.dequantize` of the PyPI package `gguf`.
 *
 * @param numbers how many there are; a multiple of the type's block
 * @param fill fills an array with the tensor's bytes
 */
export async function readNumbers(
  type: TensorType,
  numbers: number,
  fill: (bytes: Uint8Array) => Promise<void>,
): Promise<Float32Array> {
  const buffer = new ArrayBuffer(4 * numbers);
  const { name, read, block, bytes } = type;
  if (read === undefined) {
    if (!isFloatType(name)) throw new TypeError(`${name} has no reader`);
    const stored = storedBytes(type, numbers);
    await fill(new Uint8Array(buffer, buffer.byteLength - stored));
    return widenInPlace(buffer, name);
  }
  const result = new Float32Array(buffer);
  const stored = new Uint8Array(storedBytes(type, numbers));
  await fill(stored);
  const view = new DataView(stored.buffer);
  for (let from = 0, to = 0; to < numbers; from += bytes, to += block) read(view, from, result, to);
  return result;
}
