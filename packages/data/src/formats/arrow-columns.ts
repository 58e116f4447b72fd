import type { Data, RecordBatch } from 'apache-arrow';
import { withRoom } from '../records/with-room.js';
import { type Columns, type ColumnType, flagAt, type StoredColumn } from './stored-columns.js';

interface Values {
  text: string;
  /** Null where there is none. */
  'optional-text': string | null;
  tokens: ArrayLike<number>;
  integers: ArrayLike<number>;
  flag: boolean;
}

export type ArrowRow<C extends Columns> = { [Name in keyof C]: Values[C[Name]] };

/** The columns of a batch that was read. */
export type StoredColumns<C extends Columns> = { readonly [Name in keyof C]: StoredColumn };

type Arrow = typeof import('apache-arrow');

/**
 * Collects rows as Arrow's buffers, so that a row can be forgotten once it is added, and makes batches of them.
 *
 * The buffers are laid out by the rows alone: the same rows are the same bytes.
 */
export class BatchBuilder<C extends Columns> {
  readonly #arrow: Arrow;
  readonly #columns: readonly { readonly name: string; readonly type: ColumnType; readonly column: Column }[];
  #rows = 0;

  constructor(columns: C, arrow: Arrow) {
    this.#arrow = arrow;
    this.#columns = Object.entries(columns).map(([name, type]) => ({
      name,
      type,
      column: new COLUMNS[type](),
    }));
  }

  /** The rows that the next batch has so far. */
  get rows(): number {
    return this.#rows;
  }

  add(row: ArrowRow<C>): void {
    for (const { name, column } of this.#columns) column.add(row[name] as never);
    this.#rows++;
  }

  /** Adds a row of a batch that was read, whose columns may be more than these. */
  copy(batch: StoredColumns<C>, row: number): void {
    for (const { name, column } of this.#columns) column.copy(batch[name] as StoredColumn, row);
    this.#rows++;
  }

  /** A batch of the rows since the last one. */
  take(): RecordBatch {
    const { Field, makeData, RecordBatch: Batch, Schema, Struct } = this.#arrow;
    const children = this.#columns.map(({ column }) => column.take(this.#arrow));
    const fields = this.#columns.map(
      ({ name, type }, index) => new Field(name, (children[index] as Data).type, type === 'optional-text'),
    );
    const type = new Struct(fields);
    const struct = makeData({ type, length: this.#rows, nullCount: 0, children });
    this.#rows = 0;
    return new Batch(new Schema(fields), struct);
  }
}

interface Column {
  add(value: never): void;
  /** Adds a row of a column of the same type. */
  copy(from: StoredColumn, row: number): void;
  /** What was added since it was last taken. */
  take(arrow: Arrow): Data;
}

const UTF8 = new TextEncoder();

/** Where each row of a column starts, and where the last one ends. */
class Offsets {
  #values = new Int32Array(1024);
  #rows = 0;

  get rows(): number {
    return this.#rows;
  }

  /** Where the next row starts. */
  get end(): number {
    return this.#values[this.#rows] ?? 0;
  }

  add(end: number): void {
    this.#rows++;
    this.#values = withRoom(this.#values, this.#rows + 1);
    this.#values[this.#rows] = end;
  }

  take(): Int32Array {
    const taken = this.#values.slice(0, this.#rows + 1);
    this.#rows = 0;
    return taken;
  }
}

class TextColumn implements Column {
  #bytes = new Uint8Array(1024);
  readonly #offsets = new Offsets();
  /** The rows without a text. */
  #missing: number[] = [];

  add(value: string | null): void {
    const start = this.#offsets.end;
    const text = value ?? '';
    if (value === null) this.#missing.push(this.#offsets.rows);
    // A UTF-16 unit takes three bytes at most.
    this.#bytes = withRoom(this.#bytes, start + 3 * text.length);
    this.#offsets.add(start + UTF8.encodeInto(text, this.#bytes.subarray(start)).written);
  }

  copy({ offsets, values, valid }: StoredColumn, row: number): void {
    const start = this.#offsets.end;
    if (valid !== undefined && !flagAt({ offsets, values: valid, valid: undefined }, row))
      this.#missing.push(this.#offsets.rows);
    const [from = 0, to = 0] = [offsets[row], offsets[row + 1]];
    this.#bytes = withRoom(this.#bytes, start + to - from);
    this.#bytes.set((values as Uint8Array).subarray(from, to), start);
    this.#offsets.add(start + to - from);
  }

  take({ makeData, Utf8 }: Arrow): Data {
    const { rows: length, end } = this.#offsets;
    const missing = this.#missing;
    const isThere = Array.from({ length: missing.length === 0 ? 0 : length }, () => true);
    for (const row of missing) isThere[row] = false;
    const data = makeData({
      type: new Utf8(),
      length,
      nullCount: missing.length,
      valueOffsets: this.#offsets.take(),
      data: this.#bytes.slice(0, end),
      ...(missing.length === 0 ? {} : { nullBitmap: bitmap(isThere) }),
    });
    this.#missing = [];
    return data;
  }
}

class IntegersColumn implements Column {
  #values = new Int32Array(1024);
  readonly #offsets = new Offsets();

  add(values: ArrayLike<number>): void {
    const start = this.#offsets.end;
    this.#values = withRoom(this.#values, start + values.length);
    this.#values.set(values, start);
    this.#offsets.add(start + values.length);
  }

  copy({ offsets, values }: StoredColumn, row: number): void {
    this.add((values as Int32Array).subarray(offsets[row], offsets[row + 1]));
  }

  take({ Field, Int32, List, makeData }: Arrow): Data {
    const { rows: length, end } = this.#offsets;
    const data = this.#values.slice(0, end);
    return makeData({
      type: new List(new Field('item', new Int32(), false)),
      length,
      nullCount: 0,
      valueOffsets: this.#offsets.take(),
      child: makeData({ type: new Int32(), length: data.length, nullCount: 0, data }),
    });
  }
}

class FlagColumn implements Column {
  #flags: boolean[] = [];

  add(flag: boolean): void {
    this.#flags.push(flag);
  }

  copy(from: StoredColumn, row: number): void {
    this.#flags.push(flagAt(from, row));
  }

  take({ Bool, makeData }: Arrow): Data {
    const { length } = this.#flags;
    const taken = makeData({ type: new Bool(), length, nullCount: 0, data: bitmap(this.#flags) });
    this.#flags = [];
    return taken;
  }
}

const COLUMNS: Readonly<Record<ColumnType, new () => Column>> = {
  text: TextColumn,
  'optional-text': TextColumn,
  tokens: IntegersColumn,
  integers: IntegersColumn,
  flag: FlagColumn,
};

/** One bit a value, the lowest bit first. */
function bitmap(values: readonly boolean[]): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (const [index, value] of values.entries()) {
    if (value) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return bits;
}
