import { DataError, type DataErrorPlace } from '../errors.js';
import type { ReadFaults } from '../records/read-report.js';
import { invalidRow, type RowSource } from '../records/row.js';
import { byteLines, type OverlongLine } from './byte-lines.js';
import { readFileBytes } from './file-bytes.js';

export interface JsonlRowsOptions {
  /** The source's name; the path by default. */
  name?: string;
  /** A longer line is a fault and is never held in memory; 16 MiB by default. */
  maxLineBytes?: number;
}

/**
 * The rows of a file of one JSON object a line, plain or compressed (gzip, Zstandard). Streams.
 *
 * Empty lines at the end of the file are no rows. Every other line is a row or a fault.
 *
 * @param path the file
 * @param options a name, and the longest line in bytes
 * @returns the rows; a row's key is the number of its line
 * @throws {DataError} while reading: `file-unreadable`; `invalid-record` with file, line and remedy for a line that
 *   is no JSON object, no UTF-8, empty or too long; `truncated-file` and `damaged-file` for a compressed file. One
 *   that is damaged stops the reading whatever `onError` says: no checksum has confirmed the rows before
 * @example
 * const source = comparisonSource(jsonlRows('pairs.jsonl'));
 */
export function jsonlRows(
  path: string,
  { name = path, maxLineBytes = 1 << 24 }: JsonlRowsOptions = {},
): RowSource {
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
        const value = parseLine(bytes, place, maxLineBytes);
        if (value instanceof DataError) faults.meet(value);
        else yield { value, place, key: String(line) };
      }
    },
  };
}

/** Passes a file on up to where it is cut off, and then brings that to the faults. */
async function* untilCut(chunks: AsyncIterable<Uint8Array>, faults: ReadFaults): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    // In a file that is damaged otherwise, what was given cannot be trusted either.
    if (!(error instanceof DataError) || error.fault !== 'truncated-file') throw error;
    faults.meet(error);
  }
}

const STRICT = new TextDecoder('utf-8', { fatal: true });

function parseLine(
  bytes: Uint8Array | OverlongLine,
  place: DataErrorPlace,
  limit: number,
): Readonly<Record<string, unknown>> | DataError {
  if (!(bytes instanceof Uint8Array)) {
    return invalidRow(
      place,
      'line-too-long',
      `the line has ${bytes.length} bytes, more than ${limit}. Remove it, or raise maxLineBytes`,
    );
  }
  let text: string;
  try {
    // The decoder drops a byte-order mark, which some editors put at the start of a file.
    text = STRICT.decode(bytes);
  } catch (cause) {
    return invalidRow(place, 'not-utf8', 'this is not UTF-8. Store the file as UTF-8', { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const why = (cause as Error).message;
    return invalidRow(place, 'not-json', `this is not JSON (${why}). Repair or remove the line`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  return invalidRow(place, 'not-an-object', 'this is not a JSON object. Repair or remove the line');
}

/** Nothing but white space and, in a file's first line, a byte-order mark. */
function isBlank(bytes: Uint8Array): boolean {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  for (let index = start; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
  }
  return true;
}
