import { makeWhole, nodeBuiltin, sha256OfFile } from '@ais/runtime/files';
import type { Data, RecordBatch } from 'apache-arrow';
import { DataError } from '../errors.js';
import { type ArrowRow, BatchBuilder, type Columns, type ColumnType } from './arrow-columns.js';

/** Loaded on first use: most users of the package write no files. */
const loadArrow = (): Promise<typeof import('apache-arrow')> => import('apache-arrow');

/** Writes an Arrow IPC file (Feather version 2), batch by batch; the file appears under its name when it is whole. */
export class ArrowFileWriter<C extends Columns> {
  readonly #path: string;
  readonly #batchRows: number;
  readonly #batch: BatchBuilder<C>;
  readonly #writer: InstanceType<typeof import('apache-arrow').RecordBatchFileWriter>;
  readonly #written: Promise<{ bytes: number; sha256: string }>;
  #rows = 0;
  #isAborted = false;

  /** @param batchRows the rows of a batch; one batch by default */
  static async create<C extends Columns>(
    path: string,
    columns: C,
    batchRows: number = Number.POSITIVE_INFINITY,
  ): Promise<ArrowFileWriter<C>> {
    return new ArrowFileWriter(path, columns, batchRows, await loadArrow());
  }

  private constructor(path: string, columns: C, batchRows: number, arrow: typeof import('apache-arrow')) {
    this.#path = path;
    this.#batchRows = batchRows;
    this.#batch = new BatchBuilder(columns, arrow);
    this.#writer = new arrow.RecordBatchFileWriter();
    this.#written = this.#pump();
    // A failure to write is thrown by close(), also where rows are still being made when it happens.
    this.#written.catch(() => {});
  }

  add(row: ArrowRow<C>): void {
    this.#batch.add(row);
    this.#rows++;
    if (this.#batch.rows === this.#batchRows) this.#writer.write(this.#batch.take());
  }

  /** @returns the file's size and its SHA-256 in hexadecimal digits */
  async close(): Promise<{ bytes: number; sha256: string; rows: number }> {
    if (this.#batch.rows > 0 || this.#rows === 0) this.#writer.write(this.#batch.take());
    this.#writer.close();
    return { ...(await this.#written), rows: this.#rows };
  }

  /** Gives up: nothing appears under the file's name. */
  async abort(): Promise<void> {
    this.#isAborted = true;
    this.#writer.close();
    await this.#written.catch(() => {});
  }

  #pump(): Promise<{ bytes: number; sha256: string }> {
    const { open } = nodeBuiltin('node:fs/promises', 'Writing a data set');
    return makeWhole(this.#path, async (temporary) => {
      let bytes = 0;
      const file = await open(temporary, 'w');
      try {
        for await (const chunk of this.#writer) {
          bytes += chunk.length;
          await file.writeFile(chunk);
        }
        if (this.#isAborted) throw new Error('writing was given up');
      } finally {
        await file.close();
      }
      return { bytes, sha256: await sha256OfFile(temporary) };
    });
  }
}

/** An Arrow IPC file, read batch by batch. */
export class ArrowFile<C extends Columns> {
  readonly #reader: import('apache-arrow').AsyncRecordBatchFileReader;
  readonly #columns: C;
  readonly #path: string;
  readonly #file: import('node:fs/promises').FileHandle;

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
      return new ArrowFile(path, columns, reader as import('apache-arrow').AsyncRecordBatchFileReader, file);
    } catch (cause) {
      await file.close().catch(() => {});
      throw damaged(path, cause);
    }
  }

  private constructor(
    path: string,
    columns: C,
    reader: import('apache-arrow').AsyncRecordBatchFileReader,
    file: import('node:fs/promises').FileHandle,
  ) {
    this.#file = file;
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
    try {
      const read = await this.#reader.readRecordBatch(batch);
      if (read === null) throw new Error(`it has no batch ${batch}`);
      const values = names.map((name) => columnReader(read, name, this.#columns[name] ?? 'text'));
      return Array.from({ length: read.numRows }, (_, row) =>
        Object.fromEntries(names.map((name, index) => [name, values[index]?.(row)])),
      ) as ArrowRow<Pick<C, Name>>[];
    } catch (cause) {
      throw damaged(this.#path, cause);
    }
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
    // The library leaves the file open.
    await this.#file.close();
  }
}

function damaged(path: string, cause: unknown): DataError {
  return new DataError(
    'invalid-prepared-data',
    `${path} is no file of a prepared data set, or is damaged: ${(cause as Error).message}. Prepare the data again.`,
    { cause, place: { file: path } },
  );
}

/** What the library calls the type of each column. */
const TYPES: Readonly<Record<ColumnType, string>> = {
  ...{ text: 'Utf8', 'optional-text': 'Utf8', tokens: 'List<Int32>', integers: 'List<Int32>', flag: 'Bool' },
};

function columnReader(batch: RecordBatch, name: string, type: ColumnType): (row: number) => unknown {
  const rows = batch.numRows;
  const [data] = batch.getChild(name)?.data ?? [];
  if (String(data?.type) !== TYPES[type] || data === undefined) {
    throw new Error(`the column ${name} is ${data?.type}, not ${TYPES[type]}`);
  }
  if (type === 'flag') {
    const bits: Uint8Array = data.values;
    if (8 * bits.length < rows) throw shorter(name, rows);
    return (row) => (((bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 1;
  }
  if (type === 'tokens' || type === 'integers') {
    const values: Int32Array = data.children[0]?.values;
    const offsets = checkedOffsets(data, values.length, name, rows);
    // A copy of the row alone: a view would keep the whole batch in memory.
    return (row) => values.slice(offsets[row], offsets[row + 1]);
  }
  const bytes: Uint8Array = data.values;
  const offsets = checkedOffsets(data, bytes.length, name, rows);
  // The library's own reader takes a U+FEFF at the start of a text for a byte-order mark, and drops it.
  return (row) => (data.getValid(row) ? UTF8.decode(bytes.subarray(offsets[row], offsets[row + 1])) : null);
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

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
