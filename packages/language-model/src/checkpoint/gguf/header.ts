import { CheckpointError, shown } from '../../errors.js';
import { ByteReader, EndOfBytes } from './byte-reader.js';
import { storedBytes, type TensorType, TYPE_NAMES, tensorType } from './tensor-types.js';

/** A value of a file's metadata. Numbers of 64 bits that a double cannot hold are `bigint`. */
export type MetadataValue =
  | string
  | number
  | bigint
  | boolean
  | readonly string[]
  | NumberList
  | readonly MetadataValue[];

/** A list of numbers or of 0 and 1, as it lies in the file. */
export type NumberList =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** A tensor's entry. */
export interface GgufEntry {
  readonly type: TensorType;
  /** As everywhere else but in the file: the last axis is the one whose numbers lie side by side. */
  readonly shape: readonly number[];
  /** Its first byte in the file. */
  readonly begin: number;
  readonly bytes: number;
}

export interface GgufHeader {
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  readonly tensors: ReadonlyMap<string, GgufEntry>;
}

/** As for safetensors; headers with the largest vocabularies take about 16 MB. */
export const MAX_HEADER_BYTES = 100_000_000;

/** What is enough for most headers. */
const FIRST_BYTES = 2 ** 22;

/** ggml has no more axes. */
const MAX_AXES = 4;
/** Lists of lists are allowed, but no program writes them. */
const MAX_DEPTH = 4;
const DEFAULT_ALIGNMENT = 32;

/**
 * Reads the header of a GGUF file, asking for more of the file's beginning until all of it is there.
 *
 * @param size bytes of the file
 * @param start gives the file's first bytes
 * @throws {CheckpointError} `checkpoint-corrupt`, `unsupported-type`
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export async function readGgufHeader(
  size: number,
  start: (length: number) => Promise<Uint8Array>,
  file: string,
): Promise<GgufHeader> {
  const most = Math.min(size, MAX_HEADER_BYTES);
  for (let length = Math.min(most, FIRST_BYTES); ; length = Math.min(most, 4 * length)) {
    try {
      return parseGgufHeader(await start(length), size, file);
    } catch (error) {
      if (!(error instanceof EndOfBytes)) throw error;
      if (length < most) continue;
      const [message, expected] =
        most < size
          ? ['the header is too long.', `at most ${MAX_HEADER_BYTES} bytes`]
          : ['the file is truncated.', 'its whole header'];
      throw new CheckpointError('checkpoint-corrupt', message, { file, expected, found: `${size} bytes` });
    }
  }
}

/**
 * Reads and checks the header: counts and lengths that the file can hold, names that come once, known types, sizes that
 * follow from the shapes without overflow, and tensors that lie one after another, each at a multiple of the
 * alignment, as llama.cpp asks for.
 *
 * @param bytes the beginning of the file
 * @param size bytes of the whole file
 * @throws {EndOfBytes} if the header is longer than `bytes`
 * @throws {CheckpointError} `checkpoint-corrupt`, `unsupported-type`
 */
function parseGgufHeader(bytes: Uint8Array, size: number, file: string): GgufHeader {
  const corrupt: Corrupt = (message, fault = {}) => {
    throw new CheckpointError('checkpoint-corrupt', message, { file, ...fault });
  };
  const reader = new ByteReader(bytes, size, corrupt);
  checkStart(reader, corrupt);
  // The shortest entries: a tensor's name, axes, type and place; a key, a type, and a number of a byte.
  const tensorCount = reader.count(8 + 4 + 4 + 8, 'tensors');
  const keyCount = reader.count(8 + 4 + 1, 'metadata entries');

  const metadata = new Map<string, MetadataValue>();
  for (let index = 0; index < keyCount; index++) {
    const key = reader.string();
    if (metadata.has(key)) corrupt('the metadata has the same key twice.', { found: shown(key) });
    metadata.set(key, readValue(reader, reader.uint32(), 0, corrupt));
  }
  const alignment = alignmentOf(metadata, corrupt);

  const found: (Omit<GgufEntry, 'begin'> & { readonly name: string; readonly offset: number })[] = [];
  const names = new Set<string>();
  for (let index = 0; index < tensorCount; index++) {
    const name = reader.string();
    if (names.has(name)) corrupt('another tensor has the same name.', { tensor: name });
    names.add(name);
    found.push({ name, ...readTensor(reader, name, file, corrupt) });
  }

  const begin = aligned(reader.position, alignment);
  const tensors = new Map<string, GgufEntry>();
  let next = 0;
  for (const { name, offset, type, shape, bytes } of found) {
    if (offset !== next) {
      corrupt('its place does not follow from the tensors before it.', {
        tensor: name,
        expected: `byte ${next} of the data`,
        found: `${offset}`,
      });
    }
    if (begin + offset + bytes > size) {
      corrupt('the file is truncated.', {
        tensor: name,
        expected: `${begin + offset + bytes} bytes or more`,
        found: `${size}`,
      });
    }
    tensors.set(name, { type, shape, bytes, begin: begin + offset });
    next = aligned(offset + bytes, alignment);
  }
  return { metadata, tensors };
}

type Corrupt = (
  message: string,
  fault?: { readonly tensor?: string; readonly expected?: string; readonly found?: string },
) => never;

const MAGIC = 'GGUF';

function checkStart(reader: ByteReader, corrupt: Corrupt): void {
  const start = Array.from({ length: 4 }, () => String.fromCharCode(reader.uint8())).join('');
  if (start !== MAGIC) corrupt('it is not a GGUF file.', { expected: `${MAGIC} first`, found: shown(start) });
  const version = reader.uint32();
  if (version === 2 || version === 3) return;
  const swapped = version % 2 ** 16 === 0 && version > 0;
  const message = swapped
    ? 'its bytes are in big-endian order, which is not read. Convert it with gguf_convert_endian.py of llama.cpp.'
    : 'its version of GGUF is not read. Convert the model with a current llama.cpp.';
  corrupt(message, { expected: 'version 2 or 3', found: swapped ? 'big-endian' : `${version}` });
}

/** Numbers of each type of metadata, in the format's order; the others are strings (8) and lists (9). */
const STRING = 8;
const LIST = 9;
const LISTS = [
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Uint8Array,
  undefined,
  undefined,
  BigUint64Array,
  BigInt64Array,
  Float64Array,
] as const;
const BOOLEAN = 7;

function readValue(reader: ByteReader, type: number, depth: number, corrupt: Corrupt): MetadataValue {
  if (type === STRING) return reader.string();
  if (type === LIST) return readList(reader, depth, corrupt);
  const numbers = LISTS[type];
  if (numbers === undefined) return corrupt('a metadata entry has an unknown type.', { found: `${type}` });
  const value = new numbers(reader.copy(numbers.BYTES_PER_ELEMENT))[0] as number | bigint;
  if (type === BOOLEAN) return value !== 0;
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function readList(reader: ByteReader, depth: number, corrupt: Corrupt): MetadataValue {
  if (depth === MAX_DEPTH) {
    return corrupt('a metadata entry is a list too deep to read.', {
      expected: `${MAX_DEPTH} levels at most`,
    });
  }
  const type = reader.uint32();
  if (type === STRING) return Array.from({ length: reader.count(8, 'texts') }, () => reader.string());
  if (type === LIST) {
    const length = reader.count(4 + 8, 'lists');
    return Array.from({ length }, () => readList(reader, depth + 1, corrupt));
  }
  const numbers = LISTS[type];
  if (numbers === undefined) return corrupt('a metadata list has an unknown type.', { found: `${type}` });
  const length = reader.count(numbers.BYTES_PER_ELEMENT, 'numbers');
  return new numbers(reader.copy(length * numbers.BYTES_PER_ELEMENT));
}

function alignmentOf(metadata: ReadonlyMap<string, MetadataValue>, corrupt: Corrupt): number {
  const alignment = metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT;
  if (typeof alignment === 'number' && Number.isInteger(Math.log2(alignment)) && alignment >= 1)
    return alignment;
  return corrupt('its general.alignment cannot be used.', {
    expected: 'a power of two',
    found: shown(alignment),
  });
}

function readTensor(
  reader: ByteReader,
  tensor: string,
  file: string,
  corrupt: Corrupt,
): Omit<GgufEntry, 'begin'> & { readonly offset: number } {
  const axes = reader.uint32();
  if (axes > MAX_AXES)
    corrupt('it has too many axes.', { tensor, expected: `at most ${MAX_AXES}`, found: `${axes}` });
  const lengths = Array.from({ length: axes }, () => reader.uint64());
  const typeId = reader.uint32();
  const offset = reader.uint64();
  const type = tensorType(typeId);
  if (typeof type === 'string') {
    throw new CheckpointError(
      'unsupported-type',
      'numbers of this type are not read. Get a file of another quantization, or convert this one with llama-quantize of llama.cpp.',
      { file, tensor, expected: TYPE_NAMES.join(', '), found: type },
    );
  }
  const shape = lengths.toReversed();
  // Every partial product is checked: a size of 0 behind an overflow would hide it.
  let numbers = 1;
  for (const length of lengths)
    numbers = Number.isSafeInteger(numbers * length) ? numbers * length : Number.NaN;
  const bytes = storedBytes(type, numbers);
  if (!Number.isSafeInteger(4 * numbers) || !Number.isSafeInteger(bytes)) {
    corrupt('its size overflows, so the file is damaged. Get it again.', { tensor, found: shown(shape) });
  }
  const row = shape.at(-1) ?? 1;
  if (row % type.block !== 0) {
    corrupt('its rows are not whole blocks.', {
      tensor,
      expected: `a multiple of ${type.block} for ${type.name}`,
      found: `${row}`,
    });
  }
  return { type, shape, bytes, offset };
}

function aligned(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
