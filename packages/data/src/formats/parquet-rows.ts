import { nodeBuiltin } from '@ais/runtime/files';
import { DataError, type RecordFault } from '../errors.js';
import type { Row, RowSource } from '../records/row.js';
import { UndecodableText } from '../records/row-fields.js';
import { ParquetDecoder } from './parquet-decoder.js';
import { plainValue } from './plain-value.js';

export interface ParquetRowsOptions {
  /** The source's name; the path by default. */
  name?: string;
}

/**
 * The rows of a Parquet file. Streams: one row group is in memory at a time, and of it only the columns that are needed.
 *
 * Decoding runs in a thread of its own, which is ended where a damaged file makes it run on. Before a group is
 * decoded, its pages are checked: their sizes, their counts, and their checksums where the writer stored them (with
 * pyarrow: `write_page_checksum=True`). Parquet has no other checksum: where files come from strangers, compare their
 * hash first, as `hubRows` does.
 *
 * @param path the file
 * @param options a name
 * @returns the rows; a row's key is its number
 * @throws {DataError} while reading: `file-unreadable`; `truncated-file`, `damaged-file`
 * @example
 * const source = textSource(parquetRows('posts.parquet'));
 */
export function parquetRows(path: string, { name = path }: ParquetRowsOptions = {}): RowSource {
  return {
    name,
    async *rows(faults, wanted) {
      let hasGiven = false;
      try {
        for await (const row of readRows(path, wanted)) {
          yield row;
          hasGiven = true;
        }
      } catch (error) {
        // Rows that were given came from a file that now turns out to be damaged.
        if (hasGiven || !(error instanceof DataError)) throw error;
        faults.meet(error);
      }
    },
  };
}

async function* readRows(path: string, wanted: readonly string[] | undefined): AsyncGenerator<Row> {
  await requireWhole(path);
  const decoder = await ParquetDecoder.start();
  try {
    const { columns, groups } = await sound(path, decoder.open(path));
    const needed = wanted === undefined ? columns : columns.filter((column) => wanted.includes(column));
    let number = 0;
    for (const [index, { rows, bytes }] of groups.entries()) {
      if (rows === 0) continue;
      for (const value of await sound(path, decoder.readGroup(index, needed, bytes))) {
        number++;
        yield { value: rowOf(value), place: { file: path, row: number }, key: String(number), columns };
      }
    }
  } finally {
    await decoder.close();
  }
}

/** Whole numbers as JSON would have them, and text that is no UTF-8, which arrives from the thread as bytes in an object. */
function rowOf(value: Record<string, unknown>): Record<string, unknown> {
  return plainValue(revive(value)) as Record<string, unknown>;
}

function revive(value: Record<string, unknown>): Record<string, unknown> {
  for (const [column, content] of Object.entries(value)) {
    if (typeof content === 'object' && content !== null) value[column] = reviveWithin(content);
  }
  return value;
}

function reviveWithin(value: object): unknown {
  if ('undecodable' in value && value.undecodable instanceof Uint8Array) {
    return new UndecodableText(value.undecodable);
  }
  if (Array.isArray(value)) {
    for (const [index, content] of value.entries()) {
      if (typeof content === 'object' && content !== null) value[index] = reviveWithin(content);
    }
    return value;
  }
  return ArrayBuffer.isView(value) || value instanceof Date
    ? value
    : revive(value as Record<string, unknown>);
}

const MAGIC = 'PAR1';

/** A Parquet file starts and ends with the same four bytes; one that was cut off lacks those at its end. */
async function requireWhole(path: string): Promise<void> {
  const { open } = nodeBuiltin('node:fs/promises', 'parquetRows');
  let start: string;
  let end: string;
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const read = async (position: number): Promise<string> => {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(4), 0, 4, position);
        return buffer.toString('latin1', 0, bytesRead);
      };
      start = await read(0);
      end = await read(Math.max(0, size - 4));
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new DataError(
      'file-unreadable',
      `${path} cannot be read: ${(cause as Error).message}. Check the path and its permissions.`,
      { cause, place: { file: path } },
    );
  }
  if (start !== MAGIC) throw faulty(path, 'damaged-file', 'is no Parquet file');
  if (end !== MAGIC) throw faulty(path, 'truncated-file', 'is cut off: a Parquet file ends with PAR1');
}

async function sound<T>(path: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    throw faulty(path, 'damaged-file', `is damaged (${(cause as Error).message})`, cause);
  }
}

function faulty(
  path: string,
  fault: RecordFault & ('damaged-file' | 'truncated-file'),
  what: string,
  cause?: unknown,
): DataError {
  return new DataError(fault, `${path} ${what}. Bring it again.`, { cause, fault, place: { file: path } });
}
