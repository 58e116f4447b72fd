import { DataError } from '../errors.js';
import type { RowSource } from '../records/row.js';
import { arrowRows } from './arrow-rows.js';
import { csvRows } from './csv-rows.js';
import { FILE_FORMATS, type FileFormat, fileFormat } from './file-format.js';
import { jsonRows } from './json-rows.js';
import { jsonlRows } from './jsonl-rows.js';
import { parquetRows } from './parquet-rows.js';

/** Options of `fileRows`. */
export interface FileRowsOptions {
  /** The source's name; the path by default. */
  readonly name?: string;
  /** By default what the file starts with says it. */
  readonly format?: FileFormat;
  /** Of a CSV file; by default the header says it. */
  readonly delimiter?: string;
}

/**
 * The rows of a file in any format that is read: JSON Lines under any name, a JSON array, CSV, Parquet, Arrow; plain or
 * compressed (gzip, Zstandard).
 *
 * @param path the file
 * @param options format and delimiter by hand
 * @returns the rows
 * @throws {DataError} while reading: `unsupported-format`, and as the reader of the format; `invalid-option` at once
 * @example
 * const [pair] = await collectRecords(comparisonSource(fileRows('pairs.jsonl')));
 */
export function fileRows(path: string, { name = path, format, delimiter }: FileRowsOptions = {}): RowSource {
  if (format !== undefined && !FILE_FORMATS.includes(format)) {
    throw new DataError('invalid-option', `There is no format "${format}". Use ${FILE_FORMATS.join(', ')}.`);
  }
  return {
    name,
    async *rows(faults, wanted) {
      const open = READERS[format ?? (await fileFormat(path))];
      yield* open(path, { name, ...(delimiter === undefined ? {} : { delimiter }) }).rows(faults, wanted);
    },
  };
}

type Open = (path: string, options: { name: string; delimiter?: string }) => RowSource;

const READERS: Readonly<Record<FileFormat, Open>> = {
  jsonl: jsonlRows,
  json: jsonRows,
  csv: csvRows,
  parquet: parquetRows,
  arrow: arrowRows,
};
