import { DataError } from '../errors.js';
import { requireMost } from '../records/require-option.js';
import type { RowSource } from '../records/row.js';
import { UnexpectedEnd } from './chunk-reader.js';
import { readFileBytes } from './file-bytes.js';
import { jsonElements } from './json-elements.js';
import type { TextRowsOptions } from './jsonl-rows.js';
import { isBlank, jsonObject } from './text-faults.js';

/**
 * The rows of a file that is one JSON array of objects, plain or compressed (gzip, Zstandard). Streams: one element is in
 * memory at a time.
 *
 * @param path the file
 * @param options a name, and the longest element in bytes
 * @returns the rows; a row's key is its number
 * @throws {DataError} `invalid-option` for a number of bytes that is not an integer, or below 0; while reading: `file-unreadable`; `invalid-record` with file, row and remedy for an element that is
 *   not an object; `truncated-file` where the array does not end; `damaged-file` where this is not an array, or something
 *   follows it
 * @example
 * const source = textSource(jsonRows('questions.json'));
 */
export function jsonRows(
  path: string,
  { name = path, maxLineBytes = 1 << 24 }: TextRowsOptions = {},
): RowSource {
  requireMost('maxLineBytes', maxLineBytes);
  return {
    name,
    async *rows(faults) {
      let row = 0;
      try {
        let blank = false;
        for await (const bytes of jsonElements(readFileBytes(path), maxLineBytes)) {
          row++;
          const place = { file: path, row };
          // An array without elements has nothing between its brackets.
          if (row === 1 && bytes instanceof Uint8Array && isBlank(bytes)) {
            blank = true;
            continue;
          }
          if (blank) throw new Error('a comma is too many');
          const value = jsonObject(bytes, place, maxLineBytes);
          if (value instanceof DataError) faults.meet(value);
          else yield { value, place, key: String(row) };
        }
      } catch (error) {
        if (!(error instanceof DataError)) faults.meet(damaged(path, error as Error, row));
        else if (error.fault === 'truncated-file') faults.meet(error);
        else throw error;
      }
    },
  };
}

function damaged(path: string, cause: Error, rows: number): DataError {
  const isCut = cause instanceof UnexpectedEnd;
  const fault = isCut ? 'truncated-file' : 'damaged-file';
  const what = isCut
    ? 'is cut off: its array does not end'
    : `is not a JSON array of objects: ${cause.message}`;
  return new DataError(fault, `${path} ${what} (after ${rows} elements). Get the file again, or repair it.`, {
    cause,
    fault,
    place: { file: path },
  });
}
