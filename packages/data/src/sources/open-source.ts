import { type OpenRowsOptions, openRows } from '../formats/open-rows.js';
import type { OpenedSource, RecordKind } from '../records/record.js';
import type { ColumnNames } from '../records/schema.js';
import type { Template } from '../templates/template.js';
import { comparisonSource } from './comparison-source.js';
import { debianSource } from './debian-source.js';
import { syntheticSource } from './synthetic-source.js';
import { textSource } from './text-source.js';
import { UnknownSourceError } from './unknown-source-error.js';

export interface OpenSourceOptions extends OpenRowsOptions {
  /** `text` by default. */
  readonly kind?: RecordKind;
  /** Columns by hand, as of `textSource` and `comparisonSource`. */
  readonly columns?: ColumnNames;
  /** What renders the records; recognized by their columns by default. */
  readonly template?: Template;
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
export function openSource(name: string, options: OpenSourceOptions = {}): OpenedSource {
  const { kind = 'text', columns = {}, template, seed = 17, count = 1000 } = options;
  const rendering = template === undefined ? {} : { template };
  if (name === 'synthetic' || name === 'debian') {
    if (kind === 'comparisons') throw new UnknownSourceError(`The source ${name} has no comparisons.`);
    const source =
      name === 'debian' ? debianSource(rendering) : syntheticSource({ seed, count, ...rendering });
    return { kind, source };
  }
  const rows = openRows(name, options);
  return kind === 'comparisons'
    ? { kind, source: comparisonSource(rows, { columns, ...rendering }) }
    : { kind, source: textSource(rows, { columns, ...rendering }) };
}
