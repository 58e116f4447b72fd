import type { LabeledRecord, Source, TextRecord } from '../records/record.js';
import type { RowSource } from '../records/row.js';
import { LeftOut, type RowResult, type RowResults, recordsOfRows } from '../records/row-records.js';
import type { ColumnNames, Schema } from '../records/schema.js';
import type { AnyTemplate } from '../templates/any-template.js';
import type { ConversationOptions } from './conversation-shapes.js';
import { labelAt } from './label-field.js';
import { shapesOf } from './text-source.js';

/** Options of `labeledSource`. */
export interface LabeledSourceOptions extends Omit<ConversationOptions, 'assistantTurns'> {
  /** Where the fields are, if not under their own names; `label` among them. */
  readonly columns?: ColumnNames;
  /** What renders the rows; recognized by their columns by default. */
  readonly template?: AnyTemplate;
}

/**
 * Prompts with a response each and a label, from rows: TRL's unpaired preferences.
 *
 * A row has what `textSource` reads, text or conversations, and besides it `label`, true or false; 1 and 0 mean the same, and in
 * files of text the words do.
 *
 * @param rows of a file or of the Hub
 * @param options columns by hand, and what renders the rows
 * @returns the source, under the name of the rows
 * @throws {DataError} while reading as `textSource`; `invalid-record` for a label that is none
 * @example
 * const source = labeledSource(jsonlRows('feedback.jsonl'), { columns: { label: 'thumbs_up' } });
 */
export function labeledSource(
  rows: RowSource,
  { columns = {}, template, ...conversations }: LabeledSourceOptions = {},
): Source<LabeledRecord> {
  const shapes = shapesOf(template, conversations).filter(({ isRefused = false }) => !isRefused);
  return recordsOfRows(rows, shapes.map(withLabel), columns);
}

function withLabel(shape: Schema<RowResults<TextRecord>>): Schema<RowResults<LabeledRecord>> {
  return {
    ...shape,
    fields: [...shape.fields, 'label'],
    read(row, column) {
      const desirable = labelAt(row, column('label'));
      const labeled = (record: RowResult<TextRecord>): RowResult<LabeledRecord> =>
        record instanceof LeftOut ? record : { ...record, desirable };
      const found = shape.read(row, column);
      return Array.isArray(found) ? found.map(labeled) : labeled(found as RowResult<TextRecord>);
    },
  };
}
