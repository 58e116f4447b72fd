import type { SampledResponse, Source } from '../records/record.js';
import { invalidRow, type RowSource } from '../records/row.js';
import { familyAt, filledTextAt, idAt, numberAt, textAt } from '../records/row-fields.js';
import { recordsOfRows } from '../records/row-records.js';
import type { ColumnNames, Schema } from '../records/schema.js';
import { promptCompletion } from '../templates/built-in.js';
import { withoutOpening } from './conversation-context.js';

/** Options of `sampleSource`. */
export interface SampleSourceOptions {
  /** Where the fields are, if not under their own names; fields are `id`, `family`, `prompt`, `response`, `score`. */
  columns?: ColumnNames;
}

/**
 * Sampled responses with their gold scores from rows: `prompt`, `response`, `score`.
 *
 * @param rows of a file or of the Hub
 * @param options columns by hand
 * @returns the source, under the name of the rows
 * @throws {DataError} as `textSource`; a score that is not a finite number is a fault of its row
 * @example
 * const samples = sampleSource(jsonlRows('samples.jsonl'));
 * const { pairs, counts } = await pairsFromSamples(samples.records());
 * console.log(pairs.length, counts.tied); // 1 0
 */
export function sampleSource(
  rows: RowSource,
  { columns = {} }: SampleSourceOptions = {},
): Source<SampledResponse> {
  return recordsOfRows(rows, [PROMPT_RESPONSE_SCORE], columns);
}

const PROMPT_RESPONSE_SCORE: Schema<SampledResponse> = withoutOpening({
  fields: ['prompt', 'response', 'score'],
  template: promptCompletion,
  read(row, column) {
    const score = numberAt(row, column('score'));
    if (score === undefined) {
      throw invalidRow(row.place, 'missing-field', 'is missing. Score the response or remove the row', {
        field: column('score'),
      });
    }
    return {
      id: idAt(row, column('id')),
      prompt: filledTextAt(row, column('prompt')),
      response: textAt(row, column('response')),
      score,
      ...familyAt(row, column('family')),
    };
  },
});
