import type { Data, DataType, Vector } from 'apache-arrow';
import { UndecodableText } from '../records/row-fields.js';
import { plainValue } from './plain-value.js';

type Arrow = typeof import('apache-arrow');

/** The value of a column at an index. */
export type ReadValue = (index: number) => unknown;

/**
 * How the values of an Arrow column are read, as JSON would have them: `plainValue`s, objects of structs, arrays of lists.
 *
 * Buffers are checked before anything is read from them: their sizes, and that offsets stay within what they point to. Text
 * that is not UTF-8 is `UndecodableText`; the library would put other characters in its place.
 *
 * @throws {Error} what is wrong with the column
 */
export function arrowValues(data: Data, arrow: Arrow): ReadValue {
  const read = readerOf(data, arrow);
  return data.nullCount === 0 ? read : (index) => (data.getValid(index) ? read(index) : null);
}

function readerOf(data: Data, arrow: Arrow): ReadValue {
  const { DataType: is } = arrow;
  const type: DataType = data.type;
  const { length } = data;
  if (is.isNull(type)) return () => null;
  if (is.isInt(type) || (is.isFloat(type) && type.precision !== arrow.Precision.HALF)) {
    const values = data.values as ArrayLike<number | bigint>;
    if (values.length < length) throw new Error('a column has fewer values than rows');
    return (index) => plainValue(values[index]);
  }
  if (is.isUtf8(type) || is.isLargeUtf8(type)) {
    const bytes = data.values as Uint8Array;
    const offset = offsetsOf(data, bytes.length);
    return (index) => textOf(bytes.subarray(offset(index), offset(index + 1)));
  }
  if (is.isList(type) || is.isLargeList(type)) {
    const child = childOf(data, 0);
    const offset = offsetsOf(data, child.length);
    const item = arrowValues(child, arrow);
    return (index) => range(offset(index), offset(index + 1)).map(item);
  }
  if (is.isFixedSizeList(type)) {
    const size = type.listSize;
    const child = childOf(data, 0);
    if (!(size >= 0) || child.length < size * length)
      throw new Error('a list has fewer values than it needs');
    const item = arrowValues(child, arrow);
    return (index) => range(index * size, (index + 1) * size).map(item);
  }
  if (is.isStruct(type)) {
    const fields = type.children.map(({ name }, index) => {
      const child = childOf(data, index);
      if (child.length < length) throw new Error(`a column has fewer values of ${name} than rows`);
      return [name, arrowValues(child, arrow)] as const;
    });
    return (index) => Object.fromEntries(fields.map(([name, read]) => [name, read(index)]));
  }
  if (is.isDictionary(type)) {
    const indices = data.values as ArrayLike<number | bigint>;
    const words = wordsOf(data.dictionary, arrow);
    if (indices.length < length) throw new Error('a column has fewer values than rows');
    return (index) => words(Number(indices[index]));
  }
  // Dates, decimals, and what else no record is made of: as the library has it.
  const vector = new arrow.Vector([data]);
  return (index) => plainValue(vector.get(index));
}

/** The values that a column points to. */
function wordsOf(dictionary: Vector | undefined, arrow: Arrow): ReadValue {
  if (dictionary === undefined) throw new Error('a dictionary is missing');
  const parts = dictionary.data.map((data) => ({ length: data.length, read: arrowValues(data, arrow) }));
  return (index) => {
    let at = index;
    for (const { length, read } of parts) {
      if (at >= 0 && at < length) return read(at);
      at -= length;
    }
    throw new Error('a value is in no dictionary');
  };
}

function offsetsOf({ valueOffsets, length }: Data, limit: number): ReadOffset {
  const offsets = valueOffsets as ArrayLike<number | bigint>;
  if (offsets.length < length + 1 && length > 0) throw new Error('a column has fewer offsets than rows');
  let last = 0;
  for (let index = 0; index <= length && index < offsets.length; index++) {
    const offset = Number(offsets[index]);
    if (!(offset >= last && offset <= limit)) throw new Error('an offset points outside of its column');
    last = offset;
  }
  return (index) => Number(offsets[index]);
}

type ReadOffset = (index: number) => number;

function childOf({ children }: Data, index: number): Data {
  const child = children[index];
  if (child === undefined) throw new Error('a nested column is missing');
  return child;
}

const range = (start: number, end: number): number[] =>
  Array.from({ length: end - start }, (_, index) => start + index);

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string | UndecodableText {
  try {
    return STRICT.decode(bytes);
  } catch {
    return new UndecodableText(bytes.slice());
  }
}
