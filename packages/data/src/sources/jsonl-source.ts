import { type JsonlRowsOptions, jsonlRows } from '../formats/jsonl-rows.js';
import type { Source } from '../records/record.js';
import { type SummarySourceOptions, summarySource } from './summary-source.js';

export interface JsonlSourceOptions extends JsonlRowsOptions, SummarySourceOptions {}

/**
 * Posts and summaries from a file of one JSON object a line, plain or compressed (gzip, Zstandard):
 * `summarySource(jsonlRows(path))`.
 *
 * @param path the file
 * @param options as of `jsonlRows` and `summarySource`
 * @returns the source
 * @throws {DataError} as `jsonlRows` and `summarySource`
 * @example
 * for await (const record of jsonlSource('posts.jsonl').records()) console.log(record.id);
 */
export function jsonlSource(path: string, { columns = {}, ...options }: JsonlSourceOptions = {}): Source {
  return summarySource(jsonlRows(path, options), { columns });
}
