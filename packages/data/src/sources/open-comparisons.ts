import { nodeBuiltin } from '@ais/runtime/files';
import type { ChatTemplate } from '../chat/chat-template.js';
import { DataError } from '../errors.js';
import { type OpenRowsOptions, openRows } from '../formats/open-rows.js';
import { openPreparedDataset } from '../prepared/prepared-dataset.js';
import { MANIFEST } from '../prepared/prepared-manifest.js';
import type { ComparisonRecord, Source } from '../records/record.js';
import type { ColumnNames } from '../records/schema.js';
import type { AnyTemplate } from '../templates/any-template.js';
import { comparisonSource } from './comparison-source.js';

/** Options of `openComparisons`. */
export interface OpenComparisonsOptions extends OpenRowsOptions {
  /** Of a prepared folder or of a data set on the Hub; `train` by default. */
  readonly split?: string;
  /** Columns by hand, as of `comparisonSource`. */
  readonly columns?: ColumnNames;
  /** What renders the comparisons; recognized by their columns by default. */
  readonly template?: AnyTemplate;
  /** What renders conversations. */
  readonly chatTemplate?: ChatTemplate;
  /** Fields that every row must have as a number, as of `comparisonSource`; of a prepared folder, those it was made with. */
  readonly numbers?: readonly string[];
}

/**
 * The comparisons that a name on a command line means: what `writeComparisons` passes on.
 *
 * @param name a folder that `prepareDataset` wrote, a file, or `owner/name` of a data set on the Hub
 * @param options which of them, and columns by hand
 * @returns the comparisons; of a prepared folder the records that were kept, as they were read, with their numbers
 * @throws {UnknownSourceError} where the name is none of these; while reading as `openPreparedDataset` and
 *   `comparisonSource`, and `missing-field` where a record of a prepared folder lacks a number
 * @example
 * const count = await writeComparisons('trl.jsonl', openComparisons('pairs.jsonl').records());
 */
export function openComparisons(
  name: string,
  { columns = {}, template, chatTemplate, numbers, ...rows }: OpenComparisonsOptions = {},
): Source<ComparisonRecord> {
  const { existsSync } = nodeBuiltin('node:fs', 'openComparisons');
  if (!existsSync(`${name}/${MANIFEST}`))
    return comparisonSource(openRows(name, rows), {
      columns,
      ...(template && { template }),
      ...(chatTemplate && { chatTemplate }),
      ...(numbers && { numbers }),
    });
  return {
    name,
    async *records({ report } = {}) {
      const { split } = await openPreparedDataset(name, { kind: 'comparisons' });
      for await (const { record } of split(rows.split ?? 'train').rows()) {
        const missing = numbers?.find((field) => record.numbers?.[field] === undefined);
        if (missing !== undefined) throw noNumber(name, record, missing);
        if (report) report.records++;
        yield record;
      }
    },
  };
}

function noNumber(folder: string, { id }: ComparisonRecord, field: string): DataError {
  return new DataError(
    'missing-field',
    `${folder}: record ${id} has no number ${field}. Prepare the set again from a source that reads it, or use the file that it was prepared from.`,
    { place: { file: folder, record: id, field } },
  );
}
