import { makeWhole, nodeBuiltin } from '@ais/runtime/files';
import { interruption } from '@ais/runtime/process';
import { DataError } from '../errors.js';
import { type ArrowRow, BatchBuilder, type StoredColumns } from './arrow-columns.js';
import { checkFooter, readBatchHeader } from './arrow-metadata.js';
import { type Columns, storedColumn, valueReader } from './stored-columns.js';

/** Loaded on first use: most users of the package write no files. */
const loadArrow = (): Promise<typeof import('apache-arrow')> => import('apache-arrow');

export interface ArrowFileOptions {
  /** The rows of a batch; one batch by default. */
  readonly batchRows?: number;
  /** Whether the file is to outlast a power cut; true by default. */
  readonly flush?: boolean;
}

/** Writes an Arrow IPC file (Feather version 2), batch by batch; the file appears under its name when it is whole. */
export class ArrowFileWriter<C extends Columns> {
  readonly #path: string;
  readonly #batchRows: number;
  readonly #flush: boolean;
  readonly #batch: BatchBuilder<C>;
  readonly #writer: InstanceType<typeof import('apache-arrow').RecordBatchFileWriter>;
  readonly #written: Promise<{ bytes: number; sha256: string }>;
  #rows = 0;
  #isAborted = false;

  static async create<C extends Columns>(
    path: string,
    columns: C,
    options: ArrowFileOptions = {},
  ): Promise<ArrowFileWriter<C>> {
    return new ArrowFileWriter(path, columns, options, await loadArrow());
  }

  private constructor(
    path: string,
    columns: C,
    { batchRows = Number.POSITIVE_INFINITY, flush = true }: ArrowFileOptions,
    arrow: typeof import('apache-arrow'),
  ) {
    this.#path = path;
    this.#batchRows = batchRows;
    this.#flush = flush;
    this.#batch = new BatchBuilder(columns, arrow);
    this.#writer = new arrow.RecordBatchFileWriter();
    this.#written = this.#pump();
    // A failure to write is thrown by close(), also where rows are still being made when it happens.
    this.#written.catch(() => {});
  }

  add(row: ArrowRow<C>): void {
    this.#batch.add(row);
    this.#added();
  }

  /** Adds a row of a batch that was read. */
  copy(columns: StoredColumns<C>, row: number): void {
    this.#batch.copy(columns, row);
    this.#added();
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

  #added(): void {
    this.#rows++;
    if (this.#batch.rows === this.#batchRows) this.#writer.write(this.#batch.take());
  }

  #pump(): Promise<{ bytes: number; sha256: string }> {
    const { open } = nodeBuiltin('node:fs/promises', 'Writing a data set');
    const { createHash } = nodeBuiltin('node:crypto', 'Writing a data set');
    const write = async (temporary: string): Promise<{ bytes: number; sha256: string }> => {
      let bytes = 0;
      const hash = createHash('sha256');
      const file = await open(temporary, 'w');
      // The library gives each buffer and each gap between two by itself.
      let chunks: Uint8Array[] = [];
      let held = 0;
      const writeHeld = async (): Promise<void> => {
        const together = Buffer.concat(chunks);
        chunks = [];
        held = 0;
        bytes += together.length;
        hash.update(together);
        await file.writeFile(together);
      };
      try {
        for await (const chunk of this.#writer) {
          chunks.push(chunk);
          held += chunk.length;
          if (held >= WRITTEN_AT_ONCE) await writeHeld();
        }
        await writeHeld();
        if (this.#isAborted) throw new Error('writing was given up');
      } finally {
        await file.close();
      }
      return { bytes, sha256: hash.digest('hex') };
    };
    return makeWhole(this.#path, write, { flush: this.#flush });
  }
}

/** Bytes. */
const WRITTEN_AT_ONCE = 1 << 18;

/** Where a batch lies in a file, in bytes. */
interface BatchPlace {
  readonly offset: number;
  readonly metaDataLength: number;
  readonly bodyLength: number;
}

/** An Arrow IPC file, read batch by batch. */
export class ArrowFile<C extends Columns> {
  readonly #reader: import('apache-arrow').AsyncRecordBatchFileReader;
  readonly #columns: C;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #blocks: readonly BatchPlace[];

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
      checkFooter(await readFooter(file));
      const reader = await RecordBatchReader.from(file);
      await reader.open();
      if (!reader.isFile()) throw new Error('it is no Arrow file');
      const names = reader.schema.fields.map(({ name }) => name);
      const missing = Object.keys(columns).filter((name) => !names.includes(name));
      if (missing.length > 0) throw new Error(`it lacks the columns ${missing.join(', ')}`);
      const own = reader as import('apache-arrow').AsyncRecordBatchFileReader;
      const blocks = [...(own.footer?.recordBatches() ?? [])];
      const { size } = await file.stat();
      for (const { offset, metaDataLength, bodyLength } of blocks) {
        if (Math.min(offset, metaDataLength, bodyLength) < 0 || offset + metaDataLength + bodyLength > size)
          throw new Error('it was cut off');
      }
      return new ArrowFile(path, columns, own, file, blocks);
    } catch (cause) {
      await file.close().catch(() => {});
      throw damaged(path, cause);
    }
  }

  private constructor(
    path: string,
    columns: C,
    reader: import('apache-arrow').AsyncRecordBatchFileReader,
    file: FileHandle,
    blocks: readonly BatchPlace[],
  ) {
    this.#blocks = blocks;
    this.#file = file;
    this.#path = path;
    this.#columns = columns;
    this.#reader = reader;
  }

  get batches(): number {
    return this.#blocks.length;
  }

  /** Where each batch is in the file: its description, and behind that its buffers. */
  get blocks(): readonly BatchPlace[] {
    return this.#blocks;
  }

  /** The rows of one batch, with the named columns only where some are named. */
  async rows<Name extends keyof C & string>(
    batch: number,
    names: readonly Name[] = Object.keys(this.#columns) as Name[],
  ): Promise<ArrowRow<Pick<C, Name>>[]> {
    const { rows, columns } = await this.columns(batch, names);
    const values = names.map((name) => valueReader(columns[name], this.#columns[name] ?? 'text'));
    return Array.from({ length: rows }, (_, index) => {
      const row: Record<string, unknown> = {};
      for (let column = 0; column < names.length; column++) {
        row[names[column] as Name] = values[column]?.(index);
      }
      return row as ArrowRow<Pick<C, Name>>;
    });
  }

  /** The named columns of one batch as they are stored, and how many rows it has. */
  async columns<Name extends keyof C & string>(
    batch: number,
    names: readonly Name[] = Object.keys(this.#columns) as Name[],
  ): Promise<{ readonly rows: number; readonly columns: StoredColumns<Pick<C, Name>> }> {
    interruption()?.throwIfAborted();
    try {
      const block = this.#blocks[batch];
      if (block) await this.#checkBatch(block);
      const read = await this.#reader.readRecordBatch(batch);
      if (read === null) throw new Error(`it has no batch ${batch}`);
      const columns = names.map(
        (name) => [name, storedColumn(read, name, this.#columns[name] ?? 'text')] as const,
      );
      return { rows: read.numRows, columns: Object.fromEntries(columns) as StoredColumns<Pick<C, Name>> };
    } catch (cause) {
      throw damaged(this.#path, cause);
    }
  }

  async #checkBatch({ offset, metaDataLength, bodyLength }: BatchPlace): Promise<void> {
    const message = await readAt(this.#file, offset, metaDataLength);
    const { length, nodes } = readBatchHeader(message, bodyLength);
    // The items of a list are a column in it.
    const columns = this.#reader.schema.fields.flatMap(({ type }) =>
      'children' in type && Array.isArray(type.children) && type.children.length > 0 ? [true, false] : [true],
    );
    if (columns.some((isColumn, index) => isColumn && nodes[index]?.length !== length))
      throw new Error('a column has other rows than its batch');
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
    // The library leaves the file open.
    await this.#file.close();
  }
}

type FileHandle = import('node:fs/promises').FileHandle;

/** Behind a file's footer: its length, and the mark of such a file. */
const AFTER_FOOTER = 10;

async function readFooter(file: FileHandle): Promise<Uint8Array> {
  const { size } = await file.stat();
  if (size < AFTER_FOOTER) throw new Error('it was cut off');
  const end = await readAt(file, size - AFTER_FOOTER, AFTER_FOOTER);
  const length = new DataView(end.buffer).getInt32(0, true);
  if (length < 0 || length > size - AFTER_FOOTER) throw new Error('it was cut off');
  return readAt(file, size - AFTER_FOOTER - length, length);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  if (bytesRead < length) throw new Error('it was cut off');
  return bytes;
}

export function damaged(path: string, cause: unknown): DataError {
  return new DataError(
    'invalid-prepared-data',
    `${path} is no file of a prepared data set, or is damaged: ${(cause as Error).message}. Prepare the data again.`,
    { cause, place: { file: path } },
  );
}
