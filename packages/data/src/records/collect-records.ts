import type { ReadOptions } from './read-report.js';
import type { Source, TextRecord } from './record.js';
import { requireMost } from './require-option.js';
import { requireRecords } from './require-records.js';

/** Options of `collectRecords`. */
export interface CollectRecordsOptions extends ReadOptions {
  /** Stop after this many records. */
  limit?: number;
}

/**
 * Reads a source into an array.
 *
 * @param source any source
 * @param options a limit, what to do at malformed rows, and a report to fill
 * @returns the records, in the source's order
 * @throws {DataError} `invalid-option` for a limit that is not an integer, or below 0, and for a source whose records cannot be iterated
 *   over; what the source throws
 * @example
 * const records = await collectRecords(debianSource(), { limit: 1000 });
 */
export async function collectRecords<R = TextRecord>(
  source: Source<R>,
  { limit = Number.POSITIVE_INFINITY, ...reading }: CollectRecordsOptions = {},
): Promise<R[]> {
  requireMost('collectRecords: limit', limit);
  const records: R[] = [];
  if (limit === 0) return records;
  for await (const record of requireRecords(source, reading)) {
    records.push(record);
    if (records.length >= limit) break;
  }
  return records;
}
