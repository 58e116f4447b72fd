import { nodeBuiltin } from '@ais/runtime/files';
import type { RecordBatch, RecordBatchReader } from 'apache-arrow';
import { decompress as decompressZstd } from 'fzstd';
import { DataError } from '../errors.js';
import type { Row, RowSource } from '../records/row.js';
import { arrowValues } from './arrow-values.js';
import { compressionOf, readFileBytes } from './file-bytes.js';
import { decompressLz4Frame } from './lz4-frame.js';

export interface ArrowRowsOptions {
  /** The source's name; the path by default. */
  name?: string;
}

/**
 * The rows of an Arrow file (also called Feather version 2) or of an Arrow stream, as `datasets` saves them. Streams: one
 * batch is in memory at a time. Batches may be compressed (LZ4, Zstandard).
 *
 * Arrow has no checksums; buffers are checked before they are read. Where files come from strangers, compare their hash first.
 *
 * @param path the file
 * @param options a name
 * @returns the rows; a row's key is its number
 * @throws {DataError} while reading: `file-unreadable`; `truncated-file`, `damaged-file`
 * @example
 * const source = textSource(arrowRows('questions.arrow'));
 */
export function arrowRows(path: string, { name = path }: ArrowRowsOptions = {}): RowSource {
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

/** A file's batches by their number: the library's own iteration never ends where the index names no batch. */
async function* batchesOf(reader: RecordBatchReader): AsyncGenerator<RecordBatch> {
  if (!reader.isFile()) {
    yield* reader as AsyncIterable<RecordBatch>;
    return;
  }
  for (let index = 0; index < reader.numRecordBatches; index++) {
    const batch: RecordBatch | null = await reader.readRecordBatch(index);
    if (batch === null) throw new Error(`there is no batch where the index says that number ${index + 1} is`);
    yield batch;
  }
}

async function* readRows(path: string, wanted: readonly string[] | undefined): AsyncGenerator<Row> {
  const arrow = await import('apache-arrow');
  const { compressionRegistry, CompressionType, RecordBatchReader: Reader } = arrow;
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: decompressLz4Frame });
  // A copy starts where numbers of eight bytes may start.
  compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => decompressZstd(bytes).slice() });
  const { open } = nodeBuiltin('node:fs/promises', 'arrowRows');
  let file: import('node:fs/promises').FileHandle | undefined;
  let reader: RecordBatchReader | undefined;
  let number = 0;
  try {
    // From bytes that stream, the library would take a file whole; a file is read at the places that its index names.
    file = (await compressionOf(path)) === 'none' ? await open(path) : undefined;
    reader = await (file === undefined ? Reader.from(readFileBytes(path)) : Reader.from(file));
    await reader.open();
    const columns = reader.schema.fields.map(({ name }) => name);
    const needed = wanted === undefined ? columns : columns.filter((column) => wanted.includes(column));
    for await (const batch of batchesOf(reader)) {
      const values = needed.map((column) => {
        const [data] = batch.getChild(column)?.data ?? [];
        if (data === undefined || data.length < batch.numRows) {
          throw new Error(`column ${column} has fewer values than rows`);
        }
        return [column, arrowValues(data, arrow)] as const;
      });
      for (let index = 0; index < batch.numRows; index++) {
        number++;
        const value = Object.fromEntries(values.map(([column, read]) => [column, read(index)]));
        yield { value, place: { file: path, row: number }, key: String(number), columns };
      }
    }
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(
      'damaged-file',
      `${path} is damaged, or not an Arrow file (${(cause as Error).message}). Get the file again.`,
      { cause, fault: 'damaged-file', place: { file: path } },
    );
  } finally {
    await reader?.cancel();
    await file?.close();
  }
}
