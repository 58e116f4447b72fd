import { type OpenRowsOptions, openRows } from '../formats/open-rows.js';
import type { PreparedSource } from '../prepared/prepare-dataset.js';
import type { PreparedKind } from '../prepared/prepared-manifest.js';
import type { ColumnNames } from '../records/schema.js';
import { comparisonSource } from './comparison-source.js';
import { debianSource } from './debian-source.js';
import { summarySource } from './summary-source.js';
import { syntheticSource } from './synthetic-source.js';
import { UnknownSourceError } from './unknown-source-error.js';

export interface OpenSourceOptions extends OpenRowsOptions {
  /** `summaries` by default. */
  readonly kind?: PreparedKind;
  /** Columns by hand, as of `summarySource` and `comparisonSource`. */
  readonly columns?: ColumnNames;
  /** Of the synthetic posts; 17 by default. */
  readonly seed?: number;
  /** How many synthetic posts; 1,000 by default. */
  readonly count?: number;
}

/**
 * The source that a name on a command line or in a configuration stands for.
 *
 * @param name `synthetic`, `debian`, the path of a file (`.jsonl`, `.jsonl.gz`, `.jsonl.zst`, `.parquet`), or
 *   `owner/name` of a data set on the Hub
 * @param options what the source needs to know
 * @returns the source and the kind of its records, as `prepareDataset` takes them
 * @throws {UnknownSourceError} where the name is none of these, or has no comparisons
 * @example
 * const { source } = openSource('synthetic', { count: 100 });
 */
export function openSource(name: string, options: OpenSourceOptions = {}): PreparedSource {
  const { kind = 'summaries', columns = {}, seed = 17, count = 1000 } = options;
  if (name === 'synthetic' || name === 'debian') {
    if (kind === 'comparisons')
      throw new UnknownSourceError(`The source ${name} has summaries and no comparisons.`);
    return { kind, source: name === 'debian' ? debianSource() : syntheticSource({ seed, count }) };
  }
  const rows = openRows(name, options);
  return kind === 'comparisons'
    ? { kind, source: comparisonSource(rows, { columns }) }
    : { kind, source: summarySource(rows, { columns }) };
}
