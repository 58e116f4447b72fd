import type { Source, SummarizationRecord } from '../records/record.js';
import { invalidRow, type Row, type RowSource } from '../records/row.js';
import { filledTextAt, idAt, optionalTextAt, textAt } from '../records/row-fields.js';
import { LeftOut, type RowResult, recordsOfRows } from '../records/row-records.js';
import type { ColumnNames, Schema } from '../records/schema.js';
import { isNewsPrompt, parsePrompt } from '../templates/parse-prompt.js';

export interface SummarySourceOptions {
  /**
   * Where the fields are, if not under their own names: `{ post: 'content', subreddit: 'info.forum' }`. Fields are
   * `id`, `family`, and `subreddit`, `title`, `post`, `summary` or `prompt`, `completion`.
   */
  columns?: ColumnNames;
}

/**
 * Posts and summaries from rows.
 *
 * Recognized by their columns, in this order:
 * - `subreddit`, `title`, `post`, `summary`: `vwxyzjn/summarize_from_feedback_tldr_3_filtered` and its
 *   `…_oai_preprocessing_*`;
 * - `prompt`, `completion`: `trl-lib/tldr`; the prompt is taken apart at the template's headings. Prompts of news
 *   articles, which have no `SUBREDDIT:`, are left out and counted as `cnn-dm`.
 *
 * `id` may be a number; without one it is the number of the line or row. `family` is optional. Other columns are
 * ignored.
 *
 * @param rows of a file or of the Hub
 * @param options columns by hand
 * @returns the source, under the name of the rows
 * @throws {DataError} while reading: `unknown-columns`; `invalid-record` with file, row and field for a field that is
 *   missing, of another type, no UTF-8, or half a surrogate pair, for an empty post, and for an id that was there;
 *   what the rows throw. `invalid-option` at once for columns of unknown fields
 * @example
 * const source = summarySource(jsonlRows('posts.jsonl'), { columns: { family: 'subreddit' } });
 */
export function summarySource(rows: RowSource, { columns = {} }: SummarySourceOptions = {}): Source {
  return recordsOfRows(rows, [POST_AND_SUMMARY, PROMPT_AND_COMPLETION], columns);
}

const POST_AND_SUMMARY: Schema<RowResult<SummarizationRecord>> = {
  fields: ['subreddit', 'title', 'post', 'summary'],
  read: (row, column) => ({
    id: idAt(row, column('id')),
    subreddit: textAt(row, column('subreddit')),
    title: textAt(row, column('title')),
    post: filledTextAt(row, column('post')),
    summary: textAt(row, column('summary')),
    ...familyOf(row, column('family')),
  }),
};

const PROMPT_AND_COMPLETION: Schema<RowResult<SummarizationRecord>> = {
  fields: ['prompt', 'completion'],
  read(row, column) {
    const prompt = textAt(row, column('prompt'));
    const completion = textAt(row, column('completion'));
    const fields = parsePrompt(prompt);
    if (fields === undefined) {
      if (isNewsPrompt(prompt)) return new LeftOut('cnn-dm');
      throw invalidRow(
        row.place,
        'wrong-type',
        'is no TL;DR prompt: SUBREDDIT: r/…, TITLE: …, POST: …, TL;DR:. Repair or remove the row',
        { field: column('prompt') },
      );
    }
    if (fields.post.trim() === '') {
      throw invalidRow(row.place, 'empty-field', 'has an empty post. Fill it in or remove the row', {
        field: column('prompt'),
      });
    }
    return {
      id: idAt(row, column('id')),
      ...fields,
      summary: completion.trim(),
      ...familyOf(row, column('family')),
    };
  },
};

function familyOf(row: Row, path: string): { family?: string } {
  const family = optionalTextAt(row, path);
  return family === undefined ? {} : { family };
}
