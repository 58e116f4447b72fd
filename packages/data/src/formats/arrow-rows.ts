import type { Row, RowSource } from '../records/row.js';
import { DecoderThread } from './decoder-thread.js';
import { compressionOf, readFileBytes } from './file-bytes.js';
import { decodedRow, sound, tableRows } from './table-rows.js';

/** Options of `arrowRows`. */
export interface ArrowRowsOptions {
  /** The source's name; the path by default. */
  name?: string;
}

/**
 * The rows of an Arrow file (also called Feather version 2) or of an Arrow stream, as `datasets` saves them. Streams: one
 * batch is in memory at a time. Batches may be compressed (LZ4, Zstandard).
 *
 * Decoding runs in a thread of its own, which is ended where a damaged file makes it run on or take too much memory. Arrow has
 * no checksums; buffers are checked before they are read. Where files come from strangers, compare their hash first.
 *
 * @param path the file
 * @param options a name
 * @returns the rows; a row's key is its number
 * @throws {DataError} while reading: `file-unreadable`; `truncated-file`, `damaged-file`
 * @example
 * const source = textSource(arrowRows('questions.arrow'));
 */
export function arrowRows(path: string, { name = path }: ArrowRowsOptions = {}): RowSource {
  return tableRows(name, (wanted) => readRows(path, wanted));
}

/** Rows that come from the thread at once. */
const ROWS = 1000;

async function* readRows(path: string, wanted: readonly string[] | undefined): AsyncGenerator<Row> {
  const isPlain = (await compressionOf(path)) === 'none';
  const decoder = await DecoderThread.start('./arrow-worker.js', isPlain ? undefined : readFileBytes(path));
  try {
    const open = isPlain ? { path } : {};
    const opened = decoder.ask({ open, wanted });
    const columns = (await sound(path, opened, 'is damaged, or not an Arrow file')) as string[];
    let number = 0;
    for (;;) {
      const values = (await sound(path, decoder.ask({ next: ROWS }))) as Record<string, unknown>[];
      for (const value of values) {
        number++;
        yield { value: decodedRow(value), place: { file: path, row: number }, key: String(number), columns };
      }
      if (values.length < ROWS) return;
    }
  } finally {
    await decoder.close();
  }
}
