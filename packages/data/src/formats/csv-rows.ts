import { DataError } from '../errors.js';
import { requireMost } from '../records/require-option.js';
import { invalidRow, type RowSource } from '../records/row.js';
import { byteLines } from './byte-lines.js';
import {
  type CsvShape,
  csvRecords,
  csvValues,
  DELIMITERS,
  delimiterOf,
  namedDelimiter,
} from './csv-records.js';
import { readFileBytes } from './file-bytes.js';
import type { TextRowsOptions } from './jsonl-rows.js';
import { decode, isBlank, untilCut } from './text-faults.js';

/** Options of `csvRows`. */
export interface CsvRowsOptions extends TextRowsOptions {
  /** What separates values; by default what a first line `sep=;` says, or a comma, semicolon, tab or bar, whichever the header has most often. */
  delimiter?: string;
}

/**
 * The rows of a CSV file (RFC 4180), plain or compressed (gzip, Zstandard). Streams.
 *
 * The first line names the columns; a line `sep=;` before it, as Excel has it, names the delimiter. Values may be quoted, and then have delimiters, line breaks and doubled quotes in them.
 * Empty lines are no rows. All values are text; fields that are numbers are read from it.
 *
 * @param path the file
 * @param options a name, the delimiter, and the longest row in bytes
 * @returns the rows; a row's key is its number
 * @throws {DataError} `invalid-option` for a number of bytes that is not an integer, or below 0; while reading: `file-unreadable`; `invalid-record` with file, line and remedy for a row that has
 *   another number of values than the header, a quote out of place, is not UTF-8 or too long; `damaged-file` where the
 *   header names a column twice; as `jsonlRows` for a compressed file
 * @example
 * const source = textSource(csvRows('questions.csv'));
 */
export function csvRows(
  path: string,
  { name = path, delimiter, maxLineBytes = 1 << 24 }: CsvRowsOptions = {},
): RowSource {
  requireMost('maxLineBytes', maxLineBytes);
  if (delimiter !== undefined && (delimiter.length !== 1 || /["\r\n]/.test(delimiter))) {
    throw new DataError(
      'invalid-option',
      `csvRows: the delimiter must be one character and no quote, got ${JSON.stringify(delimiter)}.`,
    );
  }
  return {
    name,
    async *rows(faults) {
      let columns: string[] | undefined;
      let chosen = delimiter;
      let separator = ',';
      let row = 0;
      let separators = (delimiter === undefined ? DELIMITERS : [delimiter]).map(encoded);
      const shape: CsvShape = {
        delimiters: () => separators,
        isRow(bytes) {
          const text = decode(bytes, { file: path }, maxLineBytes);
          if (text instanceof DataError) return false;
          const values = csvValues(text.replace(/\r$/, ''), separator);
          return Array.isArray(values) && values.length === columns?.length;
        },
      };
      const lines = byteLines(untilCut(readFileBytes(path), faults), maxLineBytes);
      for await (const { line, bytes } of csvRecords(lines, maxLineBytes, shape)) {
        if (bytes instanceof Uint8Array && isBlank(bytes)) continue;
        const place = { file: path, line };
        const text = decode(bytes, place, maxLineBytes);
        if (columns === undefined) {
          if (text instanceof DataError) throw unusableHeader(path, text.detail, text);
          const header = text.replace(/\r$/, '');
          requireLineBreaks(path, header);
          const named = line === 1 ? namedDelimiter(header) : undefined;
          if (named !== undefined) {
            chosen ??= named;
            separators = [encoded(chosen)];
            continue;
          }
          separator = chosen ?? delimiterOf(header);
          separators = [encoded(separator)];
          columns = headerOf(path, csvValues(header, separator));
          continue;
        }
        row++;
        const value =
          text instanceof DataError
            ? text
            : rowOf(columns, csvValues(text.replace(/\r$/, ''), separator), place);
        if (value instanceof DataError) faults.meet(value);
        else yield { value, place, key: String(row), columns, isText: true };
      }
    },
  };
}

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

type Values = ReturnType<typeof csvValues>;

function rowOf(
  columns: readonly string[],
  values: Values,
  place: { file: string; line: number },
): Readonly<Record<string, string>> | DataError {
  if ('wrong' in values) {
    return invalidRow(place, 'not-csv', `${values.wrong}. Quote the value, and double the quotes in it`);
  }
  if (values.length !== columns.length) {
    return invalidRow(
      place,
      'not-csv',
      `expected ${columns.length} values as in the first line, got ${values.length}. Quote values that contain the delimiter`,
    );
  }
  return Object.fromEntries(columns.map((column, index) => [column, values[index] ?? '']));
}

/** Names of columns, without the space that some write behind each delimiter. */
function headerOf(path: string, values: Values): string[] {
  if ('wrong' in values) throw unusableHeader(path, values.wrong);
  const columns = values.map((column) => column.trim());
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice === undefined) return columns;
  throw unusableHeader(path, `it names the column ${JSON.stringify(twice)} twice`);
}

/** Old files of the Macintosh end their lines with a carriage return alone: the whole file would be the header. */
function requireLineBreaks(path: string, header: string): void {
  if (!header.replace(/"[^"]*"/g, '').includes('\r')) return;
  throw unusableHeader(
    path,
    'it has a carriage return in it. Lines must end with a line feed (LF or CRLF), and those of this file may end with a carriage return (CR) alone',
  );
}

function unusableHeader(path: string, problem: string, cause?: DataError): DataError {
  return new DataError(
    'damaged-file',
    `${path}: the first line does not name the columns: ${problem}. Repair it.`,
    { cause, fault: 'damaged-file', place: { file: path, line: 1 } },
  );
}
