import { DataError } from '../errors.js';
import { readFileBytes } from './file-bytes.js';
import { parseJson } from './parse-json.js';
import { isBlank, startOf } from './text-faults.js';

/** How a file holds its rows; each may be compressed with gzip or Zstandard, except Parquet, which compresses its own. */
export type FileFormat = 'jsonl' | 'json' | 'csv' | 'parquet' | 'arrow';

export const FILE_FORMATS: readonly FileFormat[] = ['jsonl', 'json', 'csv', 'parquet', 'arrow'];

const BY_NAME: Readonly<Record<string, FileFormat>> = {
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
  csv: 'csv',
  tsv: 'csv',
  parquet: 'parquet',
  pq: 'parquet',
  arrow: 'arrow',
  feather: 'arrow',
};

/**
 * The format that the ending of a file's name stands for, undefined for others.
 *
 * @example
 * console.log(formatByName('train.jsonl.gz')); // jsonl
 */
export function formatByName(path: string): FileFormat | undefined {
  const [, ending] = /\.(\w+)(?:\.(?:gz|zstd?))?$/i.exec(path) ?? [];
  return ending === undefined ? undefined : BY_NAME[ending.toLowerCase()];
}

/**
 * The format of a file by what it starts with; its name decides between what starts alike.
 *
 * @throws {DataError} `unsupported-format` for a file of another kind; as `readFileBytes`
 */
export async function fileFormat(path: string): Promise<FileFormat> {
  const byName = formatByName(path);
  const start = await startOfFile(path);
  if (starts(start, 'PAR1')) return 'parquet';
  if (starts(start, 'ARROW1') || hasBytes(start, 0xff, 0xff, 0xff, 0xff)) return 'arrow';
  if (byName === 'parquet' || byName === 'arrow') return byName;
  const foreign = foreignKind(start);
  if (foreign !== undefined) throw unsupported(path, foreign);
  // Rows that do not start as they should are what the reader of the named format is there to report.
  if (byName === 'csv') return 'csv';
  const text = start.subarray(startOf(start));
  const first = text.findIndex((_, index) => !isBlank(text.subarray(index, index + 1)));
  if (first < 0) return byName ?? 'jsonl';
  if (text[first] === OPEN_LIST) return 'json';
  if (byName === 'jsonl') return 'jsonl';
  if (text[first] !== OPEN_OBJECT) {
    throw unsupported(
      path,
      'is neither JSON nor a table. If it is CSV or JSON Lines, rename it to .csv or .jsonl, or say so with the format where there is such an option (--format csv)',
    );
  }
  if (byName === 'json' && !isWholeLine(text)) {
    throw unsupported(path, 'is one JSON object; expected an array of objects, or one object a line');
  }
  return 'jsonl';
}

const [OPEN_LIST, OPEN_OBJECT] = [0x5b, 0x7b];
const START = 1 << 16;

async function startOfFile(path: string): Promise<Uint8Array> {
  const start = new Uint8Array(START);
  let length = 0;
  try {
    for await (const chunk of readFileBytes(path)) {
      const piece = chunk.subarray(0, START - length);
      start.set(piece, length);
      length += piece.length;
      if (length === START) break;
    }
  } catch (error) {
    // The code that reads the rows hits it again, and can count it.
    if (!(error instanceof DataError) || error.fault === undefined) throw error;
  }
  return start.subarray(0, length);
}

function foreignKind(start: Uint8Array): string | undefined {
  if (starts(start, 'FEA1')) return 'is Feather version 1. Write it again as version 2';
  if (starts(start, 'PK\x03\x04')) return 'is a ZIP archive or a spreadsheet. Export it as CSV';
  if (starts(start, 'SQLite format 3')) return 'is an SQLite database. Export the table as CSV or JSON Lines';
  if (hasBytes(start, 0xff, 0xfe) || hasBytes(start, 0xfe, 0xff)) return 'is UTF-16. Save it as UTF-8';
  return undefined;
}

function isWholeLine(text: Uint8Array): boolean {
  const end = text.indexOf(0x0a);
  // A line that is longer than what was read is no line of a document that is indented.
  if (end < 0) return true;
  try {
    parseJson(new TextDecoder().decode(text.subarray(0, end)));
    return true;
  } catch {
    return false;
  }
}

const starts = (bytes: Uint8Array, text: string): boolean =>
  hasBytes(bytes, ...[...text].map((character) => character.charCodeAt(0)));

const hasBytes = (bytes: Uint8Array, ...start: readonly number[]): boolean =>
  start.every((byte, index) => bytes[index] === byte);

function unsupported(path: string, what: string): DataError {
  return new DataError('unsupported-format', `${path} ${what}.`, { place: { file: path } });
}
