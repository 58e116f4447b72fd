import { DataError } from '../errors.js';
import { requireMost } from '../records/require-option.js';
import { invalidRow, type RowSource } from '../records/row.js';
import { byteLines } from './byte-lines.js';
import { readFileBytes } from './file-bytes.js';
import { isBlank, jsonObject, untilCut } from './text-faults.js';

/** Options of readers of text files. */
export interface TextRowsOptions {
  /** The source's name; the path by default. */
  name?: string;
  /** A longer line (of JSON arrays, element; of CSV, row) is a fault and is never held in memory; 16 MiB by default. */
  maxLineBytes?: number;
}

/**
 * The rows of a file of one JSON object a line, plain or compressed (gzip, Zstandard). Streams.
 *
 * Empty lines at the end of the file are no rows. Every other line is a row or a fault. Whole numbers that a number does
 * not hold exactly are `bigint`.
 *
 * @param path the file
 * @param options a name, and the longest line in bytes
 * @returns the rows; a row's key is the number of its line
 * @throws {DataError} `invalid-option` for a number of bytes that is not an integer, or below 0; while reading: `file-unreadable`; `invalid-record` with file, line and remedy for a line that
 *   is not a JSON object, no UTF-8, empty or too long; `truncated-file` and `damaged-file` for a compressed file. One
 *   that is damaged stops the reading whatever `onError` says: no checksum has confirmed the rows before
 * @example
 * const source = comparisonSource(jsonlRows('pairs.jsonl'));
 */
export function jsonlRows(
  path: string,
  { name = path, maxLineBytes = 1 << 24 }: TextRowsOptions = {},
): RowSource {
  requireMost('maxLineBytes', maxLineBytes);
  return {
    name,
    async *rows(faults) {
      let emptyLine = 0;
      let line = 0;
      for await (const bytes of byteLines(untilCut(readFileBytes(path), faults), maxLineBytes)) {
        line++;
        const place = { file: path, line };
        if (bytes instanceof Uint8Array && isBlank(bytes)) {
          emptyLine ||= line;
          continue;
        }
        for (; emptyLine > 0 && emptyLine < line; emptyLine++) {
          faults.meet(
            invalidRow({ file: path, line: emptyLine }, 'empty-line', 'the line is empty. Remove it'),
          );
        }
        emptyLine = 0;
        const value = jsonObject(bytes, place, maxLineBytes);
        if (value instanceof DataError) faults.meet(value);
        else yield { value, place, key: String(line) };
      }
    },
  };
}
