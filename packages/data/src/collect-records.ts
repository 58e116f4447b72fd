import type { Source, SummarizationRecord } from './record.js';

/**
 * Reads a source into an array.
 *
 * @param source any source
 * @param options `limit`: stop after so many records
 * @returns the records, in the source's order
 * @throws what the source throws
 * @example
 * const records = await collectRecords(debianSource(), { limit: 1000 });
 */
export async function collectRecords(
  source: Source,
  { limit = Number.POSITIVE_INFINITY }: { limit?: number } = {},
): Promise<SummarizationRecord[]> {
  const records: SummarizationRecord[] = [];
  if (limit <= 0) return records;
  for await (const record of source.records()) {
    records.push(record);
    if (records.length >= limit) break;
  }
  return records;
}
