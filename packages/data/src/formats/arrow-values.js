/** Most items that the lists of one row may have together. */
const ITEMS = 1 << 24;

/**
 * How the values of an Arrow column are read, nearly as JSON would have them: objects of structs, arrays of lists, numbers and
 * `bigint`s of integers.
 *
 * Buffers are checked before anything is read from them: their sizes, and that offsets stay within what they point to. Text
 * that is not UTF-8 is `{ undecodable }`; the library would put other characters in its place.
 *
 * @param {import('apache-arrow').Data} data
 * @param {typeof import('apache-arrow')} arrow
 * @returns {(index: number) => unknown} the value of a row
 * @throws {Error} what is wrong with the column
 */
export function arrowValues(data, arrow) {
  const row = { items: 0 };
  const read = nullableReader(data, arrow, row);
  return (index) => {
    row.items = 0;
    return read(index);
  };
}

function nullableReader(data, arrow, row) {
  const read = readerOf(data, arrow, row);
  return data.nullCount === 0 ? read : (index) => (data.getValid(index) ? read(index) : null);
}

function readerOf(data, arrow, row) {
  const { DataType: is } = arrow;
  const { type, length } = data;
  if (is.isNull(type)) return () => null;
  if (is.isInt(type) || (is.isFloat(type) && type.precision !== arrow.Precision.HALF)) {
    const { values } = data;
    if (values.length < length) throw new Error('a column has fewer values than rows');
    return (index) => values[index];
  }
  if (is.isUtf8(type) || is.isLargeUtf8(type)) {
    const bytes = data.values;
    const offset = offsetsOf(data, bytes.length);
    return (index) => textOf(bytes.subarray(offset(index), offset(index + 1)));
  }
  if (is.isList(type) || is.isLargeList(type)) {
    const child = childOf(data, 0);
    const offset = offsetsOf(data, child.length);
    const item = nullableReader(child, arrow, row);
    return (index) => range(offset(index), offset(index + 1), row).map(item);
  }
  if (is.isFixedSizeList(type)) {
    const size = type.listSize;
    const child = childOf(data, 0);
    if (!(size >= 0) || child.length < size * length)
      throw new Error('a list has fewer values than it needs');
    const item = nullableReader(child, arrow, row);
    return (index) => range(index * size, (index + 1) * size, row).map(item);
  }
  if (is.isStruct(type)) {
    const fields = type.children.map(({ name }, index) => {
      const child = childOf(data, index);
      if (child.length < length) throw new Error(`a column has fewer values of ${name} than rows`);
      return [name, nullableReader(child, arrow, row)];
    });
    return (index) => Object.fromEntries(fields.map(([name, read]) => [name, read(index)]));
  }
  if (is.isDictionary(type)) {
    const indices = data.values;
    const words = wordsOf(data.dictionary, arrow, row);
    if (indices.length < length) throw new Error('a column has fewer values than rows');
    return (index) => words(Number(indices[index]));
  }
  // Dates, decimals, and what else no record is made of: as the library has it.
  const vector = new arrow.Vector([data]);
  return (index) => sendable(vector.get(index));
}

/** The library's own objects are no plain ones, and say what they hold as JSON. */
function sendable(value) {
  const isOwn = typeof value?.toJSON === 'function' && !(value instanceof Date);
  return isOwn ? value.toJSON() : value;
}

/** The values that a column points to. */
function wordsOf(dictionary, arrow, row) {
  if (dictionary === undefined) throw new Error('a dictionary is missing');
  const parts = dictionary.data.map((data) => ({
    length: data.length,
    read: nullableReader(data, arrow, row),
  }));
  return (index) => {
    let at = index;
    for (const { length, read } of parts) {
      if (at >= 0 && at < length) return read(at);
      at -= length;
    }
    throw new Error('a value is in no dictionary');
  };
}

function offsetsOf({ valueOffsets: offsets, length }, limit) {
  if (offsets.length < length + 1 && length > 0) throw new Error('a column has fewer offsets than rows');
  let last = 0;
  for (let index = 0; index <= length && index < offsets.length; index++) {
    const offset = Number(offsets[index]);
    if (!(offset >= last && offset <= limit)) throw new Error('an offset points outside of its column');
    last = offset;
  }
  return (index) => Number(offsets[index]);
}

function childOf({ children }, index) {
  const child = children[index];
  if (child === undefined) throw new Error('a nested column is missing');
  return child;
}

function range(start, end, row) {
  row.items += end - start;
  // What lists of nulls say that they hold takes no room in the file.
  if (row.items > ITEMS) throw new Error(`a row has more than ${ITEMS} list items`);
  return Array.from({ length: end - start }, (_, index) => start + index);
}

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes) {
  try {
    return STRICT.decode(bytes);
  } catch {
    return { undecodable: bytes.slice() };
  }
}
