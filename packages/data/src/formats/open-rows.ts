import type { RowSource } from '../records/row.js';
import { UnknownSourceError } from '../sources/unknown-source-error.js';
import { hubRows } from './hub-rows.js';
import { jsonlRows } from './jsonl-rows.js';
import { parquetRows } from './parquet-rows.js';

export interface OpenRowsOptions {
  /** Of a data set on the Hub; `train` by default. */
  readonly split?: string;
  /** Of a data set on the Hub; `main` by default. */
  readonly revision?: string;
}

/**
 * The rows that a name on a command line or in a configuration stands for.
 *
 * @param name the path of a file (`.jsonl`, `.jsonl.gz`, `.jsonl.zst`, `.parquet`), or `owner/name` of a data set on
 *   the Hub
 * @param options which of the Hub's rows
 * @returns the rows, for `textSource`, `comparisonSource` or `sampleSource`
 * @throws {UnknownSourceError} where the name is none of these
 * @example
 * const { pairs } = await pairsFromSamples(sampleSource(openRows('samples.jsonl')).records());
 */
export function openRows(name: string, { split, revision }: OpenRowsOptions = {}): RowSource {
  if (/\.jsonl(\.gz|\.zst)?$/.test(name)) return jsonlRows(name);
  if (name.endsWith('.parquet')) return parquetRows(name);
  if (/^[\w.-]+\/[\w.-]+$/.test(name)) {
    return hubRows(name, {
      ...(split === undefined ? {} : { split }),
      ...(revision === undefined ? {} : { revision }),
    });
  }
  throw new UnknownSourceError(
    `There is no source "${name}". Sources are synthetic, debian (of summaries), a file (.jsonl, .jsonl.gz, .jsonl.zst, .parquet), and owner/name on the Hub.`,
  );
}
