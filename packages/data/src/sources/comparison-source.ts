import { DataError } from '../errors.js';
import type { ComparisonRecord, Source } from '../records/record.js';
import { requireOneOf } from '../records/require-option.js';
import { invalidRow, type Row, type RowSource } from '../records/row.js';
import {
  describe,
  familyAt,
  filledTextAt,
  idAt,
  numberAt,
  optionalTextAt,
  textAt,
  valueAt,
} from '../records/row-fields.js';
import { LeftOut, type RowResult, recordsOfRows } from '../records/row-records.js';
import type { ColumnNames, Schema } from '../records/schema.js';
import { type AnyTemplate, isChatTemplate } from '../templates/any-template.js';
import { promptCompletion, questionAnswer } from '../templates/built-in.js';
import type { Fields, Span, Template } from '../templates/template.js';
import { formatNewsPrompt, isNewsPrompt, parsePrompt, tldr } from '../templates/tldr.js';
import { comparedConversationShapes, plainComparisons } from './compared-conversation-shapes.js';
import { withoutOpening } from './conversation-context.js';
import type { ConversationOptions } from './conversation-shapes.js';
import { dialogueShapes, sharedPromptShapes } from './dialogue-shapes.js';
import { flagAt } from './label-field.js';
import { fieldsAt, promptAt } from './template-fields.js';

/** Options of `comparisonSource`. */
export interface ComparisonSourceOptions extends Pick<ConversationOptions, 'chatTemplate'> {
  /**
   * Where the fields are, if not under their own names: `{ chosen: 'winner.text' }`. Fields are `id`, `family`, `chosen`,
   * `rejected`, those of the template's prompt, and the other columns below, such as `info`, `summaries`, `choice`.
   */
  columns?: ColumnNames;
  /** What renders the rows; recognized by their columns by default. A chat template reads conversations only. */
  template?: AnyTemplate;
  /** Comparisons of CNN/DM articles: left out and counted as `cnn-dm`, which is the default, or kept. */
  news?: 'leave-out' | 'keep';
  /** Fields that every row must have as a number, such as `chosenScore`; they come as `numbers` of the record. */
  numbers?: readonly string[];
}

/**
 * Comparisons, a preferred and a rejected response to a prompt, from rows.
 *
 * With a template, rows have a column for each field of its prompt, and `chosen` and `rejected`, each of which is rendered
 * as the template renders the field of its response; or they are what `ais label` writes, rendered already. Without one, the
 * first row's columns say what renders them, in this order:
 * - `info`, `summaries`, `choice`: `openai/summarize_from_feedback` (comparisons) and
 *   `vwxyzjn/summarize_from_feedback_oai_preprocessing_*`, by `tldr`. `chosen` is `summaries[choice].text`, the family
 *   is the post's id;
 * - `promptText`, `chosenText`, `rejectedText`: what `ais label` writes, as text, beside tokens or alone; `prompt-completion`;
 * - `prompt`, `chosen`, `rejected`, where the prompt is a TL;DR prompt: `tldr`, as for `trl-lib/tldr-preference`;
 * - `prompt`, `chosen`, `rejected`: `prompt-completion`, which is every set in TRL's format of plain text;
 * - `query`, `chosen`, `rejected`: the same two, for sets with a prepared query;
 * - `question`, `chosen`, `rejected`: `question-answer`;
 * - `chosen`, `rejected`: texts with whole words in common at their beginning, which are the prompt; `prompt-completion`, or, where
 *   they are dialogues as in `Anthropic/hh-rlhf` (`\n\nHuman: … \n\nAssistant: …`), the chat template if there is one. Beside a
 *   column that by its name may have the prompt, texts that are no dialogues are refused.
 *
 * In the shapes with a rendered prompt, no end-of-text follows a response whose `chosenFinished` or `rejectedFinished` is
 * false (or 0, or in files of text the word), as `ais label` and `writeComparisons` write them.
 *
 * Before the text, conversations are looked for, which the chat template renders: `chosen` and `rejected` as messages, with a
 * `prompt`, or with a beginning in common, which is the prompt (`trl-lib/ultrafeedback_binarized`,
 * `HuggingFaceH4/ultrafeedback_binarized`); as messages or texts, with `messages` (or `conversations`) or Alpaca's `instruction` and
 * `input` (LLaMA-Factory, Axolotl); `input.messages`, `preferred_output`, `non_preferred_output` (OpenAI); and text in the columns of
 * `Intel/orca_dpo_pairs` (`system`, `question`, `chosen`, `rejected`) and its like. `system` and `history` come before the prompt. A
 * response is what the template adds to its rendering of the prompt.
 *
 * Comparisons of CNN/DM articles are told apart: they have `info.article` and no post, or a prompt that starts with
 * `TITLE:`. Where they are kept, their prompt is `TITLE: {title}\n\n{article}\n\nTL;DR:`.
 *
 * @param rows of a file or of the Hub
 * @param options columns by hand, the template, and what to do with articles
 * @returns the source, under the name of the rows. Rows whose responses are the same but for white space around them, or
 *   of which one is empty, are left out and counted as `identical` and `empty`
 * @throws {DataError} as `textSource`; `invalid-template` where the response of the template has several fields
 * @example
 * const pairs = comparisonSource(jsonlRows('pairs.jsonl'), { news: 'keep' });
 * for await (const { prompt, chosen, rejected } of pairs.records()) console.log(prompt, chosen, rejected);
 */
export function comparisonSource(
  rows: RowSource,
  {
    columns = {},
    template,
    news = 'leave-out',
    numbers = [],
    ...conversations
  }: ComparisonSourceOptions = {},
): Source<ComparisonRecord> {
  requireOneOf('comparisonSource: news', news, ['leave-out', 'keep']);
  const keepsNews = news === 'keep';
  const schemas = shapesOf(template, conversations, [
    humanComparison(keepsNews),
    withCutOff(renderedTldr('prompt', keepsNews)),
    withCutOff(renderedTldr('query', keepsNews)),
  ]);
  const read = schemas.map(leavingOutUseless);
  return recordsOfRows(
    rows,
    numbers.length > 0 ? read.map((schema) => withNumbers(schema, numbers)) : read,
    columns,
  );
}

type ComparisonSchema = Schema<RowResult<ComparisonRecord>>;

function shapesOf(
  template: AnyTemplate | undefined,
  conversations: ConversationOptions,
  [human, prompt, query]: readonly [ComparisonSchema, ComparisonSchema, ComparisonSchema],
): ComparisonSchema[] {
  if (template === undefined) {
    return [
      human,
      labeled,
      ...comparedConversationShapes(conversations),
      prompt,
      withoutOpening(withCutOff(verbatim(['prompt', 'chosen', 'rejected']))),
      query,
      withoutOpening(withCutOff(verbatim(['query', 'chosen', 'rejected']))),
      withoutOpening(templateShape(questionAnswer)),
      ...sharedPromptShapes(conversations),
    ];
  }
  if (isChatTemplate(template)) {
    const options = { ...conversations, chatTemplate: template };
    return [
      labeled,
      ...comparedConversationShapes(options),
      ...plainComparisons(options),
      ...dialogueShapes(options),
    ];
  }
  return [
    labeled,
    templateShape(template),
    ...(template.fingerprint === tldr.fingerprint ? [human, prompt] : []),
  ];
}

function requiredNumberAt(row: Row, path: string): number {
  const value = numberAt(row, path);
  if (value !== undefined) return value;
  throw invalidRow(row.place, 'missing-field', 'it is missing. Fill it in or remove the row', {
    field: path,
  });
}

/** Numbers of each row beside its texts. */
function withNumbers(schema: ComparisonSchema, names: readonly string[]): ComparisonSchema {
  return {
    ...schema,
    fields: [...schema.fields, ...names],
    read(row, column) {
      const record = schema.read(row, column);
      if (record instanceof LeftOut) return record;
      return {
        ...record,
        numbers: Object.fromEntries(names.map((name) => [name, requiredNumberAt(row, column(name))])),
      };
    },
  };
}

/** What has nothing to prefer is left out and counted. */
function leavingOutUseless(schema: ComparisonSchema): ComparisonSchema {
  return {
    ...schema,
    read(row, column) {
      const record = schema.read(row, column);
      if (record instanceof LeftOut) return record;
      const [chosen, rejected] = [record.chosen.trim(), record.rejected.trim()];
      if (chosen === '' || rejected === '') return new LeftOut('empty');
      return chosen === rejected ? new LeftOut('identical') : record;
    },
  };
}

/** Prompt and responses as they are. */
function verbatim([prompt, ...responses]: readonly [string, string, string]): ComparisonSchema {
  return {
    template: promptCompletion,
    fields: [prompt, ...responses],
    read: (row, column) => ({
      id: idAt(row, column('id')),
      prompt: filledTextAt(row, column(prompt)),
      chosen: textAt(row, column(responses[0])),
      rejected: textAt(row, column(responses[1])),
      ...familyAt(row, column('family')),
    }),
  };
}

/** Responses of texts may have been cut off before they ended. */
function withCutOff(schema: ComparisonSchema): ComparisonSchema {
  return {
    ...schema,
    optional: [...(schema.optional ?? []), 'chosenFinished', 'rejectedFinished'],
    read(row, column) {
      const record = schema.read(row, column);
      if (record instanceof LeftOut) return record;
      const responses = ['chosen', 'rejected'] as const;
      const cutOff = responses.filter((response) => flagAt(row, column(`${response}Finished`)) === false);
      return cutOff.length > 0 ? { ...record, cutOff } : record;
    },
  };
}

/** What `ais label` writes, as text: rendered already, whatever template is asked for. */
const labeled = withCutOff(verbatim(['promptText', 'chosenText', 'rejectedText']));

/** A row has a column for each field of the template's prompt, and two responses. */
function templateShape(template: Template): ComparisonSchema {
  const { promptFields, responseFields } = template;
  const [field, ...more] = responseFields.filter((name) => !promptFields.includes(name));
  if (field === undefined || more.length > 0) {
    throw new DataError(
      'invalid-template',
      `Template ${template.name}: chosen and rejected are one text each, and the response has ${responseFields.length} fields. Use a template whose response has one field of its own.`,
      { place: { file: template.name } },
    );
  }
  const shared = responseFields.filter((name) => name !== field);
  return {
    template,
    fields: [...promptFields, 'chosen', 'rejected'],
    read(row, column) {
      const rest = fieldsAt(row, column, shared);
      const [chosen, rejected] = [textAt(row, column('chosen')), textAt(row, column('rejected'))];
      const prompt = promptAt(row, column, template);
      if (chosen.trim() === '' || rejected.trim() === '') return new LeftOut('empty');
      return {
        id: idAt(row, column('id')),
        ...prompt,
        chosen: template.response({ ...rest, [field]: chosen }),
        rejected: template.response({ ...rest, [field]: rejected }),
        ...familyAt(row, column('family')),
      };
    },
  };
}

const summary = (text: string): string => tldr.response({ summary: text });

function tldrPrompt(fields: Fields): { prompt: string; cut?: Span } {
  const { text, cut } = tldr.prompt(fields);
  return cut === undefined ? { prompt: text } : { prompt: text, cut };
}

/** A row has the text of a TL;DR prompt, which is taken apart so that its post can be cut. */
function renderedTldr(prompt: 'prompt' | 'query', keepsNews: boolean): ComparisonSchema {
  return {
    template: tldr,
    fields: [prompt, 'chosen', 'rejected'],
    fits(row, column) {
      const text = valueAt(row, column(prompt));
      return typeof text === 'string' && (parsePrompt(text) !== undefined || isNewsPrompt(text));
    },
    read(row, column) {
      const text = filledTextAt(row, column(prompt));
      const chosen = summary(textAt(row, column('chosen')));
      const rejected = summary(textAt(row, column('rejected')));
      if (!keepsNews && isNewsPrompt(text)) return new LeftOut('cnn-dm');
      const fields = parsePrompt(text);
      return {
        id: idAt(row, column('id')),
        ...(fields === undefined ? { prompt: text } : tldrPrompt(fields)),
        chosen,
        rejected,
        ...familyAt(row, column('family')),
      };
    },
  };
}

function humanComparison(keepsNews: boolean): ComparisonSchema {
  return {
    template: tldr,
    fields: ['info', 'summaries', 'choice'],
    read(row, column) {
      const within = (field: string, path: string): string => `${column(field)}.${path}`;
      const choice = choiceAt(row, column('choice'));
      requireTwo(row, column('summaries'));
      const chosen = summary(textAt(row, within('summaries', `${choice}.text`)));
      const rejected = summary(textAt(row, within('summaries', `${1 - choice}.text`)));
      const article = optionalTextAt(row, within('info', 'article')) ?? '';
      const title = optionalTextAt(row, within('info', 'title')) ?? '';
      const isNews = article !== '' && !valueAt(row, within('info', 'post'));
      if (isNews && !keepsNews) return new LeftOut('cnn-dm');
      const prompt = isNews
        ? { prompt: formatNewsPrompt({ title, article }) }
        : tldrPrompt({
            subreddit: textAt(row, within('info', 'subreddit')),
            title: textAt(row, within('info', 'title')),
            post: filledTextAt(row, within('info', 'post')),
          });
      return {
        id: idAt(row, column('id')),
        ...prompt,
        chosen,
        rejected,
        ...familyAt(
          row,
          valueAt(row, column('family')) === undefined ? within('info', 'id') : column('family'),
        ),
      };
    },
  };
}

function choiceAt(row: Row, path: string): 0 | 1 {
  const value = valueAt(row, path);
  const choice = row.isText && (value === '0' || value === '1') ? Number(value) : value;
  if (choice === 0 || choice === 1) return choice;
  const what = typeof choice === 'number' ? String(choice) : describe(value);
  throw invalidRow(
    row.place,
    value === undefined ? 'missing-field' : 'wrong-type',
    `expected 0 or 1, got ${what}. Repair or remove the row`,
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
    `expected a list of two summaries, got ${what}. Repair or remove the row`,
    { field: path },
  );
}
