import { DataError, type DataErrorPlace } from '../errors.js';
import type { ReadFaults } from '../records/read-report.js';
import { invalidRow } from '../records/row.js';
import type { Overlong } from './byte-lines.js';
import { parseJson } from './parse-json.js';

/** Passes a file on up to where it is cut off, and then brings that to the faults. */
export async function* untilCut(
  chunks: AsyncIterable<Uint8Array>,
  faults: ReadFaults,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    // In a file that is damaged otherwise, what was given cannot be trusted either.
    if (!(error instanceof DataError) || error.fault !== 'truncated-file') throw error;
    faults.meet(error);
  }
}

/** Drops a byte-order mark, which some editors put at the start of a file. */
const STRICT = new TextDecoder('utf-8', { fatal: true });

/** The text of a line or of another piece of a file, or what is wrong with it. */
export function decode(
  bytes: Uint8Array | Overlong,
  place: DataErrorPlace,
  limit: number,
): string | DataError {
  if (!(bytes instanceof Uint8Array)) {
    return invalidRow(
      place,
      'line-too-long',
      `it has ${bytes.length} bytes, more than ${limit}. Remove it, or raise maxLineBytes`,
    );
  }
  try {
    return STRICT.decode(bytes);
  } catch (cause) {
    return invalidRow(place, 'not-utf8', 'this is not UTF-8. Store the file as UTF-8', { cause });
  }
}

/** The JSON object in a piece of a file, or what is wrong with it. */
export function jsonObject(
  bytes: Uint8Array | Overlong,
  place: DataErrorPlace,
  limit: number,
): Readonly<Record<string, unknown>> | DataError {
  const text = decode(bytes, place, limit);
  if (text instanceof DataError) return text;
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    const why = (cause as Error).message;
    return invalidRow(place, 'not-json', `this is not JSON (${why}). Repair or remove it`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  return invalidRow(place, 'not-an-object', 'this is not a JSON object. Repair or remove it');
}

/** Nothing but white space and, at a file's start, a byte-order mark. */
export function isBlank(bytes: Uint8Array): boolean {
  for (let index = startOf(bytes); index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09 && byte !== 0x0a) return false;
  }
  return true;
}

/** Where text starts: behind a byte-order mark. */
export function startOf(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
