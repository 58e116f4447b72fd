import { nodeBuiltin } from '@ais/runtime/files';
import { DataError } from '../errors.js';
import type { ArrowRow } from './arrow-columns.js';
import { ArrowFile, damaged } from './arrow-file.js';
import { type BatchHeader, readBatchHeader } from './arrow-metadata.js';
import {
  type Columns,
  type ColumnType,
  numbersAt,
  type StoredColumn,
  valueReader,
} from './stored-columns.js';

/** Where the buffers of a column lie in the file, for one batch: places in bytes, and lengths. */
interface ColumnPlaces {
  readonly valid: readonly [place: number, length: number];
  readonly offsets: readonly [place: number, length: number];
  readonly values: readonly [place: number, length: number];
}

interface BatchPlaces {
  /** The first row of the batch, and how many rows it has. */
  readonly first: number;
  readonly rows: number;
  readonly columns: ReadonlyMap<string, ColumnPlaces>;
}

/** What tells that a file is still the one that was opened. */
interface Identity {
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
}

/**
 * Rows of an Arrow file that stay there: one is read when it is asked for, by its place, and none is kept; integers are plain
 * numbers. What is in memory is where the buffers of each batch lie. The file is opened for each reading, so nothing has to be
 * closed; one that has changed meanwhile is refused.
 */
export class StoredRows<C extends Columns> {
  readonly length: number;
  readonly #path: string;
  readonly #columns: C;
  readonly #batches: readonly BatchPlaces[];
  readonly #identity: Identity;

  /**
   * @param columns those to read, of all that the file has
   * @throws {DataError} `file-unreadable`, `invalid-prepared-data`
   */
  static async open<C extends Columns>(path: string, all: Columns, columns: C): Promise<StoredRows<C>> {
    const { closeSync, fstatSync, openSync } = nodeBuiltin('node:fs', 'Reading a data set');
    const file = await ArrowFile.open(path, all);
    const blocks = file.blocks;
    await file.close();
    const descriptor = openSync(path, 'r');
    try {
      const { ino, size, mtimeMs } = fstatSync(descriptor);
      const batches: BatchPlaces[] = [];
      let first = 0;
      for (const { offset, metaDataLength, bodyLength } of blocks) {
        const header = readBatchHeader(readBytes(descriptor, offset, metaDataLength, path), bodyLength);
        const columns = placesOf(header, offset + metaDataLength, all);
        batches.push({ first, rows: header.length, columns });
        first += header.length;
      }
      return new StoredRows(path, columns, batches, { ino, size, mtimeMs });
    } catch (error) {
      throw error instanceof DataError ? error : damaged(path, error);
    } finally {
      closeSync(descriptor);
    }
  }

  private constructor(path: string, columns: C, batches: readonly BatchPlaces[], identity: Identity) {
    this.#path = path;
    this.#columns = columns;
    this.#batches = batches;
    this.#identity = identity;
    this.length = batches.reduce((sum, { rows }) => sum + rows, 0);
  }

  /** One row; undefined beyond the last. */
  at(index: number): ArrowRow<C> | undefined {
    const batch = this.#batchOf(index);
    if (batch === undefined) return undefined;
    return this.#reading((descriptor) => {
      const row = index - batch.first;
      const read: Record<string, unknown> = {};
      for (const [name, type] of Object.entries(this.#columns)) {
        const places = batch.columns.get(name) as ColumnPlaces;
        read[name] = valueReader(
          this.#part(descriptor, places, type, row, row + 1),
          type,
          numbersAt,
        )(type === 'flag' ? row & 7 : 0);
      }
      return read as ArrowRow<C>;
    });
  }

  /** All rows in their order, those of one batch in memory at a time. */
  *[Symbol.iterator](): Generator<ArrowRow<C>> {
    const names = Object.keys(this.#columns);
    for (const batch of this.#batches) {
      const values = this.#reading((descriptor) =>
        Object.entries(this.#columns).map(([name, type]) => {
          const places = batch.columns.get(name) as ColumnPlaces;
          return valueReader(this.#part(descriptor, places, type, 0, batch.rows), type, numbersAt);
        }),
      );
      for (let index = 0; index < batch.rows; index++) {
        const row: Record<string, unknown> = {};
        for (let column = 0; column < names.length; column++) {
          row[names[column] as string] = values[column]?.(index);
        }
        yield row as ArrowRow<C>;
      }
    }
  }

  /** The batch of a row: by halving, since a file may have been written with batches of any size. */
  #batchOf(index: number): BatchPlaces | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) return undefined;
    let [low, high] = [0, this.#batches.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#batches[middle]?.first ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return this.#batches[low];
  }

  /** Rows of a column, counted from the first of them; of flags, from the byte that has its bit. */
  #part(
    descriptor: number,
    { valid, offsets, values }: ColumnPlaces,
    type: ColumnType,
    from: number,
    to: number,
  ): StoredColumn {
    const read = (place: number, length: number): Uint8Array<ArrayBuffer> =>
      readBytes(descriptor, place, length, this.#path);
    const bits = ([place, length]: readonly [number, number]): Uint8Array | undefined =>
      length === 0 ? undefined : read(place + (from >> 3), ((to + 7) >> 3) - (from >> 3));
    if (type === 'flag') {
      if (8 * values[1] < to) throw damaged(this.#path, new Error('a column has too few rows'));
      return { offsets: new Int32Array(), values: bits(values) ?? new Uint8Array(), valid: undefined };
    }
    if (4 * (to + 1) > offsets[1]) throw damaged(this.#path, new Error('a column has too few rows'));
    const ends = new Int32Array(read(offsets[0] + 4 * from, 4 * (to - from + 1)).buffer);
    const width = type === 'tokens' || type === 'integers' ? 4 : 1;
    const start = ends[0] ?? 0;
    const length = (ends[to - from] ?? 0) - start;
    const isAscending = ends.every((end, row) => row === 0 || end >= (ends[row - 1] ?? 0));
    if (start < 0 || !isAscending || width * (start + length) > values[1]) {
      throw damaged(this.#path, new Error('a column has rows outside its values'));
    }
    const bytes = read(values[0] + width * start, width * length);
    for (let row = 0; row < ends.length; row++) ends[row] = (ends[row] ?? 0) - start;
    const shifted = bits(valid);
    return {
      offsets: ends,
      values: width === 4 ? new Int32Array(bytes.buffer) : bytes,
      // A single row's bit is the first one.
      valid: shifted && to - from === 1 ? Uint8Array.of((shifted[0] ?? 0) >> (from & 7)) : shifted,
    };
  }

  #reading<T>(read: (descriptor: number) => T): T {
    const { closeSync, fstatSync, openSync } = nodeBuiltin('node:fs', 'Reading a data set');
    let descriptor: number;
    try {
      descriptor = openSync(this.#path, 'r');
    } catch (cause) {
      throw unreadable(this.#path, cause);
    }
    try {
      const { ino, size, mtimeMs } = fstatSync(descriptor);
      const { ino: sameIno, size: sameSize, mtimeMs: sameTime } = this.#identity;
      if (ino !== sameIno || size !== sameSize || mtimeMs !== sameTime) {
        throw new DataError(
          'invalid-prepared-data',
          `${this.#path} was changed while it was in use. Leave a prepared set as it is, and prepare another in another folder.`,
          { place: { file: this.#path } },
        );
      }
      return read(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Where the buffers lie of columns that are the file's, in their order. */
function placesOf(
  { buffers, nodes }: BatchHeader,
  body: number,
  columns: Columns,
): ReadonlyMap<string, ColumnPlaces> {
  const nothing = [0, 0] as const;
  let buffer = 0;
  let node = 0;
  const next = (): readonly [number, number] => {
    const { offset, length } = buffers[buffer++] ?? { offset: 0, length: 0 };
    return [body + offset, length];
  };
  const found = new Map<string, ColumnPlaces>();
  for (const [name, type] of Object.entries(columns)) {
    const isWhole = (nodes[node++]?.nullCount ?? 0) === 0;
    const bits = next();
    const valid = isWhole ? nothing : bits;
    if (type === 'flag') {
      found.set(name, { valid, offsets: nothing, values: next() });
      continue;
    }
    const offsets = next();
    if (type === 'tokens' || type === 'integers') {
      // The list's items are a field of their own, in which nothing is missing.
      node++;
      next();
    }
    found.set(name, { valid, offsets, values: next() });
  }
  return found;
}

function readBytes(descriptor: number, place: number, length: number, path: string): Uint8Array<ArrayBuffer> {
  const { readSync } = nodeBuiltin('node:fs', 'Reading a data set');
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const read = readSync(descriptor, bytes, done, length - done, place + done);
    if (read === 0) throw damaged(path, new Error('it was cut off'));
    done += read;
  }
  return bytes;
}

function unreadable(path: string, cause: unknown): DataError {
  return new DataError('file-unreadable', `${path} cannot be read: ${(cause as Error).message}.`, {
    cause,
    place: { file: path },
  });
}
