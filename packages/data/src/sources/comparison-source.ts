import { DataError } from '../errors.js';
import type { ComparisonRecord, Source } from '../records/record.js';
import { invalidRow, type Row, type RowSource } from '../records/row.js';
import { describe, filledTextAt, idAt, optionalTextAt, textAt, valueAt } from '../records/row-fields.js';
import { LeftOut, type RowResult, recordsOfRows } from '../records/row-records.js';
import type { ColumnNames, Schema } from '../records/schema.js';
import { formatNewsPrompt, isNewsPrompt } from '../templates/parse-prompt.js';
import { formatPrompt } from '../templates/template.js';

export interface ComparisonSourceOptions {
  /**
   * Where the fields are, if not under their own names: `{ chosen: 'winner.text' }`. Fields are `id`, `family`, and
   * `prompt`, `chosen`, `rejected`, or the other columns below, say `info`, `summaries`, `choice`.
   */
  columns?: ColumnNames;
  /** Comparisons of CNN/DM articles: left out and counted as `cnn-dm`, which is the default, or kept. */
  news?: 'leave-out' | 'keep';
}

/**
 * Comparisons, a preferred and a rejected response to a prompt, from rows.
 *
 * Recognized by their columns, in this order:
 * - `info`, `summaries`, `choice`: `openai/summarize_from_feedback` (comparisons) and
 *   `vwxyzjn/summarize_from_feedback_oai_preprocessing_*`. The prompt is `formatPrompt(info)`, `chosen` is
 *   `summaries[choice].text`, the family is the post's id;
 * - `promptText`, `chosenText`, `rejectedText`: what `ais label` writes, as text beside the tokens;
 * - `prompt`, `chosen`, `rejected`: `trl-lib/tldr-preference` and every set in TRL's format of plain text;
 * - `query`, `chosen`, `rejected`: sets with a prepared query.
 *
 * Comparisons of CNN/DM articles are told apart: they have `info.article` and no post, or a prompt that starts with
 * `TITLE:`. Where they are kept, their prompt is `TITLE: {title}\n\n{article}\n\nTL;DR:`.
 *
 * @param rows of a file or of the Hub
 * @param options columns by hand, and what to do with articles
 * @returns the source, under the name of the rows; responses are as the rows have them. Rows whose responses are
 *   the same but for white space around them, or of which one is empty, are left out and counted as `identical` and
 *   `empty`
 * @throws {DataError} as `summarySource`
 * @example
 * const pairs = comparisonSource(jsonlRows('pairs.jsonl'), { news: 'keep' });
 * for await (const { prompt, chosen, rejected } of pairs.records()) console.log(prompt, chosen, rejected);
 */
export function comparisonSource(
  rows: RowSource,
  { columns = {}, news = 'leave-out' }: ComparisonSourceOptions = {},
): Source<ComparisonRecord> {
  if (news !== 'leave-out' && news !== 'keep') {
    throw new DataError('invalid-option', `comparisonSource: news is 'leave-out' or 'keep', not ${news}.`);
  }
  const keepsNews = news === 'keep';
  const schemas = [
    humanComparison(keepsNews),
    promptComparison(['promptText', 'chosenText', 'rejectedText'], keepsNews),
    promptComparison(['prompt', 'chosen', 'rejected'], keepsNews),
    promptComparison(['query', 'chosen', 'rejected'], keepsNews),
  ];
  return recordsOfRows(rows, schemas.map(leavingOutUseless), columns);
}

/** What has nothing to prefer is left out and counted. */
function leavingOutUseless(schema: Schema<RowResult<ComparisonRecord>>): Schema<RowResult<ComparisonRecord>> {
  return {
    fields: schema.fields,
    read(row, column) {
      const record = schema.read(row, column);
      if (record instanceof LeftOut) return record;
      const [chosen, rejected] = [record.chosen.trim(), record.rejected.trim()];
      if (chosen === '' || rejected === '') return new LeftOut('empty');
      return chosen === rejected ? new LeftOut('identical') : record;
    },
  };
}

function promptComparison(
  fields: readonly [prompt: string, chosen: string, rejected: string],
  keepsNews: boolean,
): Schema<RowResult<ComparisonRecord>> {
  return {
    fields,
    read(row, column) {
      const text = (name: string, read: typeof textAt): string => {
        if (Array.isArray(valueAt(row, column(name)))) {
          throw invalidRow(
            row.place,
            'wrong-type',
            'is a list of messages where text is due. Apply the chat template first',
            { field: column(name) },
          );
        }
        return read(row, column(name));
      };
      const prompt = text(fields[0], filledTextAt);
      const chosen = text(fields[1], textAt);
      const rejected = text(fields[2], textAt);
      if (!keepsNews && isNewsPrompt(prompt)) return new LeftOut('cnn-dm');
      const family = optionalTextAt(row, column('family'));
      return {
        id: idAt(row, column('id')),
        prompt,
        chosen,
        rejected,
        ...(family === undefined ? {} : { family }),
      };
    },
  };
}

function humanComparison(keepsNews: boolean): Schema<RowResult<ComparisonRecord>> {
  return {
    fields: ['info', 'summaries', 'choice'],
    read(row, column) {
      const within = (field: string, path: string): string => `${column(field)}.${path}`;
      const choice = choiceAt(row, column('choice'));
      requireTwo(row, column('summaries'));
      const chosen = textAt(row, within('summaries', `${choice}.text`));
      const rejected = textAt(row, within('summaries', `${1 - choice}.text`));
      const article = optionalTextAt(row, within('info', 'article')) ?? '';
      const title = optionalTextAt(row, within('info', 'title')) ?? '';
      const family = optionalTextAt(row, column('family')) ?? optionalTextAt(row, within('info', 'id'));
      const isNews = article !== '' && !valueAt(row, within('info', 'post'));
      if (isNews && !keepsNews) return new LeftOut('cnn-dm');
      const prompt = isNews
        ? formatNewsPrompt({ title, article })
        : formatPrompt({
            subreddit: textAt(row, within('info', 'subreddit')),
            title: textAt(row, within('info', 'title')),
            post: filledTextAt(row, within('info', 'post')),
          });
      return {
        id: idAt(row, column('id')),
        prompt,
        chosen,
        rejected,
        ...(family === undefined ? {} : { family }),
      };
    },
  };
}

function choiceAt(row: Row, path: string): 0 | 1 {
  const value = valueAt(row, path);
  // Tables hold whole numbers as 32 or 64 bits.
  const choice = typeof value === 'bigint' ? Number(value) : value;
  if (choice === 0 || choice === 1) return choice;
  const what = typeof choice === 'number' ? String(choice) : describe(value);
  throw invalidRow(
    row.place,
    value === undefined ? 'missing-field' : 'wrong-type',
    `is ${what} where 0 or 1 is due. Repair or remove the row`,
    { field: path },
  );
}

function requireTwo(row: Row, path: string): void {
  const value = valueAt(row, path);
  if (Array.isArray(value) && value.length === 2) return;
  const what = Array.isArray(value) ? `a list of ${value.length}` : describe(value);
  throw invalidRow(
    row.place,
    'wrong-type',
    `is ${what} where a list of two summaries is due. Repair or remove the row`,
    { field: path },
  );
}
