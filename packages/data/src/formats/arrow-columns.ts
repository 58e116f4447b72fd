import type { Data, RecordBatch } from 'apache-arrow';
import { withRoom } from '../prepared/with-room.js';

/** What a column holds: text, a list of token ids or of other integers, or yes and no. */
export type ColumnType = 'text' | 'optional-text' | 'tokens' | 'integers' | 'flag';

/** Columns by name, in the order in which the file has them. */
export type Columns = Readonly<Record<string, ColumnType>>;

interface Values {
  text: string;
  /** Null where there is none. */
  'optional-text': string | null;
  tokens: ArrayLike<number>;
  integers: ArrayLike<number>;
  flag: boolean;
}

export type ArrowRow<C extends Columns> = { [Name in keyof C]: Values[C[Name]] };

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
  /** What was added since it was last taken. */
  take(arrow: Arrow): Data;
}

const UTF8 = new TextEncoder();

class TextColumn implements Column {
  #bytes = new Uint8Array(1024);
  #offsets = [0];
  #isThere: boolean[] = [];

  add(value: string | null): void {
    const start = this.#offsets.at(-1) ?? 0;
    const text = value ?? '';
    // A UTF-16 unit takes three bytes at most.
    this.#bytes = withRoom(this.#bytes, start + 3 * text.length);
    this.#offsets.push(start + UTF8.encodeInto(text, this.#bytes.subarray(start)).written);
    this.#isThere.push(value !== null);
  }

  take({ makeData, Utf8 }: Arrow): Data {
    const length = this.#isThere.length;
    const nullCount = this.#isThere.filter((isThere) => !isThere).length;
    const data = makeData({
      type: new Utf8(),
      length,
      nullCount,
      valueOffsets: Int32Array.from(this.#offsets),
      data: this.#bytes.slice(0, this.#offsets.at(-1)),
      ...(nullCount === 0 ? {} : { nullBitmap: bitmap(this.#isThere) }),
    });
    this.#offsets = [0];
    this.#isThere = [];
    return data;
  }
}

class IntegersColumn implements Column {
  #values = new Int32Array(1024);
  #offsets = [0];

  add(values: ArrayLike<number>): void {
    const start = this.#offsets.at(-1) ?? 0;
    this.#values = withRoom(this.#values, start + values.length);
    this.#values.set(values, start);
    this.#offsets.push(start + values.length);
  }

  take({ Field, Int32, List, makeData }: Arrow): Data {
    const data = this.#values.slice(0, this.#offsets.at(-1));
    const taken = makeData({
      type: new List(new Field('item', new Int32(), false)),
      length: this.#offsets.length - 1,
      nullCount: 0,
      valueOffsets: Int32Array.from(this.#offsets),
      child: makeData({ type: new Int32(), length: data.length, nullCount: 0, data }),
    });
    this.#offsets = [0];
    return taken;
  }
}

class FlagColumn implements Column {
  #flags: boolean[] = [];

  add(flag: boolean): void {
    this.#flags.push(flag);
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
