import { createReadReport, type Source, type Tokenizer } from '@ais/data';
import type { AnyTemplate, ChatTemplate } from '@ais/data/chat';
import {
  CountedLengths,
  countedRemarks,
  type Lengths,
  leftOutRemarks,
  type TokenFlags,
} from '../corpus/counted-lengths.js';
import type { ModelText } from '../corpus/model-text.js';
import { columnsWithFields } from './pair-columns.js';
import type { ReadPairsOptions } from './preference-pairs.js';
import { renderedRows } from './verbatim-rows.js';

/** How rows of text are opened, tokenized, and kept, as pairs or as labeled responses. */
export interface TextRows<Found, Tokenized extends TokenFlags, Kept> {
  readonly what: 'pair' | 'record';
  /** Fields of rows that are rendered already, the prompt first. */
  readonly fields: readonly string[];
  /** Opens the rows, without reading. */
  open(options: {
    readonly columns: Readonly<Record<string, string>>;
    readonly template?: AnyTemplate;
    readonly chatTemplate?: ChatTemplate;
  }): Source<Found>;
  tokenize(record: NoInfer<Found>, tokenizer: Tokenizer, lengths: Lengths): Tokenized;
  /** What is kept of a record; nothing for one that is left out. */
  keep(tokenized: Tokenized, record: NoInfer<Found>): Kept | undefined;
  /** Why `keep` leaves records out. */
  readonly leftOut?: string;
}

/**
 * Reads rows of text: by the template that was asked for or that the model has, in the columns that were given for them, else in the
 * source's, within lengths.
 *
 * @param options with those of the source's columns that the rows have (`sharedColumns`)
 * @returns what was kept, and in words what was shortened or left out
 * @throws {DataError} naming file, row, and field
 */
export async function readTextRows<Found, Tokenized extends TokenFlags, Kept>(
  name: string,
  text: ModelText,
  { columns = {}, sourceColumns = {}, template: asked, lengths, onWarning }: ReadPairsOptions,
  { what, fields, open, tokenize, keep, leftOut = '' }: TextRows<Found, Tokenized, Kept>,
): Promise<{ readonly rows: readonly Kept[]; readonly remarks: readonly string[] }> {
  const { tokenizer, chatTemplate } = text;
  return renderedRows(
    name,
    { asked, text, fields, columns: { ...sourceColumns, ...columns }, onWarning },
    async (template) => {
      const report = createReadReport();
      const counted = new CountedLengths(lengths);
      const rows: Kept[] = [];
      let left = 0;
      const opened = (given: Readonly<Record<string, string>>): Source<Found> =>
        open({ columns: given, ...(template && { template }), ...(chatTemplate && { chatTemplate }) });
      const source = opened({ ...columnsWithFields(sourceColumns, opened), ...columns });
      for await (const record of source.records({ report })) {
        const tokenized = counted.tokenize(() => tokenize(record, tokenizer, lengths));
        if (tokenized === undefined) continue;
        const kept = keep(tokenized, record);
        if (kept === undefined) {
          left += 1;
          continue;
        }
        counted.use(tokenized);
        rows.push(kept);
      }
      const remarks = [
        ...leftOutRemarks(report.leftOut, what),
        ...countedRemarks([[left, `left out, ${leftOut}`]], what),
        ...counted.remarks(what),
      ];
      return { rows, remarks };
    },
  );
}
