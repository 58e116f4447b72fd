import type { Data, DataType, RecordBatch } from 'apache-arrow';
import { DataError } from './errors.js';
import { nodeBuiltin } from './node-builtins.js';

/** What a column holds: text, a list of token ids, or yes and no. */
export type ColumnType = 'text' | 'optional-text' | 'tokens' | 'flag';

/** Columns by name, in the order in which the file has them. */
export type Columns = Readonly<Record<string, ColumnType>>;

interface Values {
  text: string;
  /** Null where there is none. */
  'optional-text': string | null;
  tokens: ArrayLike<number>;
  flag: boolean;
}

export type ArrowRow<C extends Columns> = { [Name in keyof C]: Values[C[Name]] };

/** Loaded on first use: most users of the package write no files. */
const loadArrow = (): Promise<typeof import('apache-arrow')> => import('apache-arrow');

/**
 * Writes an Arrow IPC file (Feather version 2), batch by batch; the file appears under its name when it is whole.
 *
 * Arrow's buffers are laid out by the rows alone, so the same rows in the same batches are the same bytes.
 */
export class ArrowFileWriter<C extends Columns> {
  readonly #path: string;
  readonly #columns: C;
  readonly #arrow: typeof import('apache-arrow');
  readonly #writer: InstanceType<typeof import('apache-arrow').RecordBatchFileWriter>;
  readonly #written: Promise<{ bytes: number; sha256: string }>;
  #rows = 0;

  static async create<C extends Columns>(path: string, columns: C): Promise<ArrowFileWriter<C>> {
    return new ArrowFileWriter(path, columns, await loadArrow());
  }

  private constructor(path: string, columns: C, arrow: typeof import('apache-arrow')) {
    this.#path = path;
    this.#columns = columns;
    this.#arrow = arrow;
    this.#writer = new arrow.RecordBatchFileWriter();
    this.#written = this.#pump();
    // A failure to write is thrown by close(), also where rows are still being made when it happens.
    this.#written.catch(() => {});
  }

  write(rows: readonly ArrowRow<C>[]): void {
    if (rows.length === 0) return;
    this.#rows += rows.length;
    this.#writer.write(recordBatch(rows, this.#columns, this.#arrow));
  }

  /** @returns the file's size and its SHA-256 in hexadecimal digits */
  async close(): Promise<{ bytes: number; sha256: string; rows: number }> {
    if (this.#rows === 0) this.#writer.write(recordBatch([], this.#columns, this.#arrow));
    this.#writer.close();
    return { ...(await this.#written), rows: this.#rows };
  }

  async #pump(): Promise<{ bytes: number; sha256: string }> {
    const { open, rename } = nodeBuiltin('node:fs/promises', 'Writing a data set');
    const { createHash } = nodeBuiltin('node:crypto', 'Writing a data set');
    const unfinished = `${this.#path}.unfinished`;
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      const file = await open(unfinished, 'w');
      try {
        for await (const chunk of this.#writer) {
          hash.update(chunk);
          bytes += chunk.length;
          await file.writeFile(chunk);
        }
      } finally {
        await file.close();
      }
      await rename(unfinished, this.#path);
    } catch (cause) {
      throw new DataError(
        'file-unwritable',
        `${this.#path} cannot be written: ${(cause as Error).message}. Choose a folder that can be written and has room.`,
        { cause, place: { file: this.#path } },
      );
    }
    return { bytes, sha256: hash.digest('hex') };
  }
}

/** An Arrow IPC file, read batch by batch. */
export class ArrowFile<C extends Columns> {
  readonly #reader: import('apache-arrow').AsyncRecordBatchFileReader;
  readonly #columns: C;
  readonly #path: string;

  /**
   * @throws {DataError} `file-unreadable` where the file is missing; `invalid-prepared-data` where it is not such a file
   */
  static async open<C extends Columns>(path: string, columns: C): Promise<ArrowFile<C>> {
    const { RecordBatchReader } = await loadArrow();
    const { open } = nodeBuiltin('node:fs/promises', 'Reading a data set');
    const file = await open(path, 'r').catch((cause: Error) => {
      throw new DataError('file-unreadable', `${path} cannot be read: ${cause.message}.`, {
        cause,
        place: { file: path },
      });
    });
    try {
      const reader = await RecordBatchReader.from(file);
      await reader.open();
      if (!reader.isFile()) throw new Error('it is no Arrow file');
      const names = reader.schema.fields.map(({ name }) => name);
      const missing = Object.keys(columns).filter((name) => !names.includes(name));
      if (missing.length > 0) throw new Error(`it lacks the columns ${missing.join(', ')}`);
      return new ArrowFile(path, columns, reader as import('apache-arrow').AsyncRecordBatchFileReader);
    } catch (cause) {
      await file.close().catch(() => {});
      throw damaged(path, cause);
    }
  }

  private constructor(path: string, columns: C, reader: import('apache-arrow').AsyncRecordBatchFileReader) {
    this.#path = path;
    this.#columns = columns;
    this.#reader = reader;
  }

  get batches(): number {
    return this.#reader.numRecordBatches;
  }

  /** The rows of one batch, with the named columns only where some are named. */
  async rows<Name extends keyof C & string>(
    batch: number,
    names: readonly Name[] = Object.keys(this.#columns) as Name[],
  ): Promise<ArrowRow<Pick<C, Name>>[]> {
    const read = await this.#read(batch);
    const values = names.map((name) => columnReader(read, name, this.#columns[name] ?? 'text'));
    return Array.from({ length: read.numRows }, (_, row) =>
      Object.fromEntries(names.map((name, index) => [name, values[index]?.(row)])),
    ) as ArrowRow<Pick<C, Name>>[];
  }

  close(): Promise<void> {
    return this.#reader.cancel();
  }

  async #read(batch: number): Promise<RecordBatch> {
    try {
      const read = await this.#reader.readRecordBatch(batch);
      if (read === null) throw new Error(`it has no batch ${batch}`);
      return read;
    } catch (cause) {
      throw damaged(this.#path, cause);
    }
  }
}

function damaged(path: string, cause: unknown): DataError {
  return new DataError(
    'invalid-prepared-data',
    `${path} is no file of a prepared data set, or is damaged: ${(cause as Error).message}. Prepare the data again.`,
    { cause, place: { file: path } },
  );
}

function columnReader(batch: RecordBatch, name: string, type: ColumnType): (row: number) => unknown {
  const vector = batch.getChild(name);
  if (vector === null) throw new Error(`there is no column ${name}`);
  if (type !== 'tokens') return (row) => vector.get(row);
  const [list] = vector.data as unknown as [Data];
  const offsets = list.valueOffsets as Int32Array;
  const values = list.children[0]?.values as Int32Array;
  // A copy of the row alone: a view would keep the whole batch in memory.
  return (row) => values.slice(offsets[row], offsets[row + 1]);
}

function recordBatch<C extends Columns>(
  rows: readonly ArrowRow<C>[],
  columns: C,
  arrow: typeof import('apache-arrow'),
): RecordBatch {
  const { Field, makeData, RecordBatch: Batch, Schema, Struct } = arrow;
  const children: Data[] = [];
  const fields: InstanceType<typeof Field>[] = [];
  for (const [name, type] of Object.entries(columns)) {
    const values = rows.map((row) => row[name]);
    const data = COLUMN_DATA[type](values as never, arrow);
    children.push(data);
    fields.push(new Field(name, data.type as DataType, type === 'optional-text'));
  }
  const struct = makeData({ type: new Struct(fields), length: rows.length, nullCount: 0, children });
  return new Batch(new Schema(fields), struct);
}

const COLUMN_DATA = { text: textData, 'optional-text': textData, tokens: tokensData, flag: flagData };

function textData(values: readonly (string | null)[], arrow: typeof import('apache-arrow')): Data {
  const encoder = new TextEncoder();
  const encoded = values.map((value) => (value === null ? null : encoder.encode(value)));
  const valueOffsets = offsetsOf(encoded.map((bytes) => bytes?.length ?? 0));
  const data = new Uint8Array(valueOffsets.at(-1) ?? 0);
  for (const [row, bytes] of encoded.entries()) if (bytes) data.set(bytes, valueOffsets[row]);
  const nullCount = values.filter((value) => value === null).length;
  const nulls = nullCount === 0 ? {} : { nullBitmap: bitmap(values.map((value) => value !== null)) };
  return arrow.makeData({
    type: new arrow.Utf8(),
    length: values.length,
    nullCount,
    valueOffsets,
    data,
    ...nulls,
  });
}

function tokensData(values: readonly ArrayLike<number>[], arrow: typeof import('apache-arrow')): Data {
  const valueOffsets = offsetsOf(values.map(({ length }) => length));
  const data = new Int32Array(valueOffsets.at(-1) ?? 0);
  for (const [row, tokens] of values.entries()) data.set(tokens, valueOffsets[row]);
  const child = arrow.makeData({ type: new arrow.Int32(), length: data.length, nullCount: 0, data });
  const type = new arrow.List(new arrow.Field('item', new arrow.Int32(), false));
  return arrow.makeData({ type, length: values.length, nullCount: 0, valueOffsets, child });
}

function flagData(values: readonly boolean[], arrow: typeof import('apache-arrow')): Data {
  return arrow.makeData({
    type: new arrow.Bool(),
    length: values.length,
    nullCount: 0,
    data: bitmap(values),
  });
}

function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  for (const [index, length] of lengths.entries()) offsets[index + 1] = (offsets[index] ?? 0) + length;
  return offsets;
}

/** One bit a value, the lowest bit first. */
function bitmap(values: readonly boolean[]): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (const [index, value] of values.entries()) {
    if (value) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return bits;
}
