import { nodeBuiltin } from '@ais/runtime/files';
import { DataError } from '../errors.js';
import type { Row, RowSource } from '../records/row.js';
import { DecoderThread } from './decoder-thread.js';
import { decodedRow, faultyFile, sound, tableRows } from './table-rows.js';

/** Options of `parquetRows`. */
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
  return tableRows(name, (wanted) => readRows(path, wanted));
}

/** What a Parquet file says about itself. */
interface Overview {
  readonly columns: readonly string[];
  /** Rows and, compressed and not together, bytes of each row group. */
  readonly groups: readonly { readonly rows: number; readonly bytes: number }[];
}

async function* readRows(path: string, wanted: readonly string[] | undefined): AsyncGenerator<Row> {
  await requireWhole(path);
  const decoder = await DecoderThread.start('./parquet-worker.js');
  try {
    const { columns, groups } = (await sound(path, decoder.ask({ open: path }))) as Overview;
    const needed = wanted === undefined ? columns : columns.filter((column) => wanted.includes(column));
    let number = 0;
    for (const [index, { rows, bytes }] of groups.entries()) {
      if (rows === 0) continue;
      const values = await sound(path, decoder.ask({ group: index, columns: needed }, bytes));
      for (const value of values as Record<string, unknown>[]) {
        number++;
        yield { value: decodedRow(value), place: { file: path, row: number }, key: String(number), columns };
      }
    }
  } finally {
    await decoder.close();
  }
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
  if (start !== MAGIC) throw faultyFile(path, 'damaged-file', 'is not a Parquet file');
  if (end !== MAGIC) throw faultyFile(path, 'truncated-file', 'is cut off: a Parquet file ends with PAR1');
}
