import type { Data, RecordBatch } from 'apache-arrow';

/** What a column holds: text, a list of token ids or of other integers, or yes and no. */
export type ColumnType = 'text' | 'optional-text' | 'tokens' | 'integers' | 'flag';

/** Columns by name, in the order in which the file has them. */
export type Columns = Readonly<Record<string, ColumnType>>;

/** A column of a batch in the buffers that its file has: values can be looked at, or copied, without becoming objects. */
export interface StoredColumn {
  /** Where the text or the list of each row starts, and where the last one ends; empty for flags. */
  readonly offsets: Int32Array;
  /** Texts as UTF-8, or the integers of lists; of flags one bit a row, the lowest bit first. */
  readonly values: Uint8Array | Int32Array;
  /** One bit a row that has a value; undefined where all have one. */
  readonly valid: Uint8Array | undefined;
}

/** What the library calls the type of each column. */
const TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'Utf8',
  'optional-text': 'Utf8',
  tokens: 'List<Int32>',
  integers: 'List<Int32>',
  flag: 'Bool',
};

/** @throws where the batch has no such column, one of another type, or one whose rows lie outside its values */
export function storedColumn(batch: RecordBatch, name: string, type: ColumnType): StoredColumn {
  const rows = batch.numRows;
  const [data] = batch.getChild(name)?.data ?? [];
  if (String(data?.type) !== TYPES[type] || data === undefined) {
    throw new Error(`the column ${name} is ${data?.type}, not ${TYPES[type]}`);
  }
  const valid = data.nullCount > 0 ? (data.nullBitmap as Uint8Array) : undefined;
  if (type === 'flag') {
    const bits: Uint8Array = data.values;
    if (8 * bits.length < rows) throw shorter(name, rows);
    return { offsets: new Int32Array(), values: bits, valid };
  }
  const isList = type === 'tokens' || type === 'integers';
  const values: Int32Array | Uint8Array = isList ? data.children[0]?.values : data.values;
  return { offsets: checkedOffsets(data, values.length, name, rows), values, valid };
}

/** Where each row starts: never before the one before it, since then rows could each have the whole file. */
function checkedOffsets(data: Data, length: number, name: string, rows: number): Int32Array {
  const offsets: Int32Array = data.valueOffsets;
  // Without rows there may be no offset either.
  if (rows > 0 && offsets.length <= rows) throw shorter(name, rows);
  let before = 0;
  for (const at of offsets.subarray(0, rows + 1)) {
    if (at < before || at > length) throw new Error(`the column ${name} has rows outside its values`);
    before = at;
  }
  return offsets;
}

function shorter(name: string, rows: number): Error {
  return new Error(`the column ${name} has fewer than ${rows} rows`);
}

/** The text of a row; null where it has none. */
export function textAt({ offsets, values, valid }: StoredColumn, row: number): string | null {
  if (valid !== undefined && !bitAt(valid, row)) return null;
  return decodeText(values as Uint8Array, offsets[row] ?? 0, offsets[row + 1] ?? 0);
}

/** Texts up to this many bytes are put together here: below it, the decoder's call costs more than its work. */
const SHORT_TEXT = 24;

/** The library's own reader takes a U+FEFF at the start of a text for a byte-order mark, and drops it. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT_TEXT) {
    let text = '';
    let index = start;
    for (; index < end; index++) {
      const byte = bytes[index] ?? 0;
      if (byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    if (index === end) return text;
  }
  return UTF8.decode(bytes.subarray(start, end));
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The integers of a row: a copy, since a view would keep the whole batch in memory. */
export function integersAt({ offsets, values }: StoredColumn, row: number): Int32Array {
  return (values as Int32Array).slice(offsets[row], offsets[row + 1]);
}

/** The same as plain numbers, without a typed array in between. */
export function numbersAt({ offsets, values }: StoredColumn, row: number): number[] {
  const [from = 0, to = 0] = [offsets[row], offsets[row + 1]];
  return plainNumbers(values as Int32Array, from, to);
}

/** A loop: `Array.from` of a typed array takes ten times as long. */
export function plainNumbers(values: ArrayLike<number>, from = 0, to: number = values.length): number[] {
  const numbers = new Array<number>(to - from);
  for (let index = from; index < to; index++) numbers[index - from] = values[index] as number;
  return numbers;
}

export function flagAt({ values }: StoredColumn, row: number): boolean {
  return bitAt(values as Uint8Array, row);
}

function bitAt(bits: Uint8Array, row: number): boolean {
  return (((bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 1;
}

/**
 * What reads a row's value of a column.
 *
 * @param integers as typed arrays, or as plain numbers
 */
export function valueReader(
  column: StoredColumn,
  type: ColumnType,
  integers: (column: StoredColumn, row: number) => ArrayLike<number> = integersAt,
): (row: number) => unknown {
  if (type === 'flag') return (row) => flagAt(column, row);
  if (type === 'tokens' || type === 'integers') return (row) => integers(column, row);
  return (row) => textAt(column, row);
}
