import type { Source, TextRecord } from '../records/record.js';
import { invalidRow, type RowSource } from '../records/row.js';
import { familyAt, filledTextAt, idAt, textAt, valueAt } from '../records/row-fields.js';
import { LeftOut, type RowResults, recordsOfRows } from '../records/row-records.js';
import type { ColumnNames, Schema } from '../records/schema.js';
import { type AnyTemplate, isChatTemplate } from '../templates/any-template.js';
import { plainText, promptCompletion, questionAnswer } from '../templates/built-in.js';
import type { Template } from '../templates/template.js';
import { isNewsPrompt, parsePrompt, tldr } from '../templates/tldr.js';
import { withoutOpening } from './conversation-context.js';
import {
  type ConversationOptions,
  conversationShapes,
  instructionAndOutput,
  plainExchanges,
  plainPrompts,
  promptAlone,
} from './conversation-shapes.js';
import { fieldsAt, promptAt } from './template-fields.js';
import { unpairedPreferences } from './unpaired-preferences.js';

/** Options of `textSource`. */
export interface TextSourceOptions extends ConversationOptions {
  /**
   * Where the fields are, if not under their own names: `{ question: 'q', answer: 'info.best' }`. Fields are `id`,
   * `family`, and those of the template.
   */
  columns?: ColumnNames;
  /**
   * What renders the rows; recognized by their columns by default. A chat template reads conversations, and takes plain text in `prompt`
   * and `completion` (or `response`), in `question` and `answer`, or in `instruction` and `output`, for a user's message and the assistant's.
   */
  template?: AnyTemplate;
  /**
   * Whether rows may be prompts alone, with a column `prompt` and no other that is known: then their response is empty. Only
   * who answers them can use them. False by default.
   */
  promptsAlone?: boolean;
}

/**
 * Prompts and responses from rows.
 *
 * Without a template, the first row's columns say what renders them, in this order:
 * - `subreddit`, `title`, `post`, `summary`: `tldr`;
 * - `prompt`, `completion` (or `response`), where the prompt is a TL;DR prompt: `tldr` too. Prompts of news articles, which
 *   have no `SUBREDDIT:`, are left out and counted as `cnn-dm`;
 * - `prompt`, `completion` (or `response`): `prompt-completion`;
 * - `question`, `answer`: `question-answer`;
 * - `text`: `text`;
 * - `instruction`, `output`, and `input` where a row has one, as in Alpaca: a message of the user and an answer, which the chat
 *   template renders.
 *
 * Before those, conversations are looked for, which the chat template renders: `messages` (or `conversations`), whose last message
 * is the response; and `prompt` and `completion` as lists of messages; with `tools` and `chat_template_kwargs`, where a row has
 * them, and behind what `system` (or `system_prompt`) and `history` say, which rows of text are refused with. The response is what
 * the template adds to its rendering of the prompt. Rows whose `label` (or `kto_tag`) says whether a response is good are refused.
 *
 * What was recognized is in the report of the reading, and which columns are not read. `id` may be a number; without one it is the
 * number of the line or row. `family` is optional.
 *
 * @param rows of a file or of the Hub
 * @param options columns by hand, and the template
 * @returns the source, under the name of the rows
 * @throws {DataError} while reading: `no-chat-template` for conversations that nothing renders; `unpaired-preferences`;
 *   `unknown-columns`; `invalid-record` with file, row and field for a field that is
 *   missing, of another type, no UTF-8, or half a surrogate pair, for an empty prompt, and for a repeated id; what the
 *   rows throw. `invalid-option` at once for columns of unknown fields
 * @example
 * const source = textSource(jsonlRows('posts.jsonl'), { columns: { family: 'subreddit' } });
 */
export function textSource(
  rows: RowSource,
  { columns = {}, template, promptsAlone = false, ...conversations }: TextSourceOptions = {},
): Source<TextRecord> {
  const alone = promptsAlone ? promptShapes(template, conversations) : [];
  return recordsOfRows(rows, [...shapesOf(template, conversations), ...alone], columns);
}

/** The shapes that rows of prompts and responses may have, in the order in which they are looked for. */
export function shapesOf(
  template: AnyTemplate | undefined,
  conversations: ConversationOptions,
): TextSchema[] {
  if (template === undefined) {
    return withoutLabels([
      ...conversationShapes(conversations),
      ...KNOWN,
      instructionAndOutput(conversations),
    ]);
  }
  if (isChatTemplate(template)) {
    const options = { ...conversations, chatTemplate: template };
    return withoutLabels([...conversationShapes(options), ...plainExchanges(options)]);
  }
  return withoutLabels(template.fingerprint === tldr.fingerprint ? TLDR : [templateShape(template)]);
}

/** Shapes that refuse rows with a label, but for texts without a prompt, whose label is not about a response. */
function withoutLabels(shapes: readonly TextSchema[]): TextSchema[] {
  const responses = shapes.filter(
    ({ template, isRefused = false }) =>
      !isRefused && !('promptFields' in template && template.promptFields.length === 0),
  );
  return [...unpairedPreferences(responses), ...shapes];
}

function promptShapes(template: AnyTemplate | undefined, conversations: ConversationOptions): TextSchema[] {
  if (template === undefined) return [promptAlone(conversations), TEXT_ALONE];
  if (!isChatTemplate(template)) return [TEXT_ALONE];
  const options = { ...conversations, chatTemplate: template };
  return [promptAlone(options), ...plainPrompts(options)];
}

type TextSchema = Schema<RowResults<TextRecord>>;

/** A row has a column for each field of the template. */
function templateShape(template: Template): TextSchema {
  const { promptFields, responseFields } = template;
  return {
    template,
    fields: [...new Set([...promptFields, ...responseFields])],
    read(row, column) {
      const prompt = promptAt(row, column, template);
      return {
        id: idAt(row, column('id')),
        ...prompt,
        response: template.response({
          ...fieldsAt(row, column, promptFields),
          ...fieldsAt(row, column, responseFields),
        }),
        ...familyAt(row, column('family')),
      };
    },
  };
}

/** A row has the text of a TL;DR prompt, which is taken apart so that its post can be cut. */
const renderedTldr = (response: 'completion' | 'response'): TextSchema => ({
  template: tldr,
  fields: ['prompt', response],
  fits(row, column) {
    const prompt = valueAt(row, column('prompt'));
    return typeof prompt === 'string' && (parsePrompt(prompt) !== undefined || isNewsPrompt(prompt));
  },
  read(row, column) {
    const prompt = textAt(row, column('prompt'));
    const fields = parsePrompt(prompt);
    if (fields === undefined) {
      if (isNewsPrompt(prompt)) return new LeftOut('cnn-dm');
      throw invalidRow(
        row.place,
        'wrong-type',
        'expected a TL;DR prompt (SUBREDDIT: r/…, TITLE: …, POST: …, TL;DR:). Repair or remove the row, or read all rows as they are with the template prompt-completion',
        { field: column('prompt') },
      );
    }
    if (fields.post.trim() === '') {
      throw invalidRow(row.place, 'empty-field', 'the post is empty. Fill it in or remove the row', {
        field: column('prompt'),
      });
    }
    const { text, cut } = tldr.prompt(fields);
    return {
      id: idAt(row, column('id')),
      prompt: text,
      ...(cut === undefined ? {} : { cut }),
      response: tldr.response({ summary: textAt(row, column(response)) }),
      ...familyAt(row, column('family')),
    };
  },
});

/** Prompt and response as they are, under the names of this package. */
const PROMPT_AND_RESPONSE: TextSchema = {
  template: promptCompletion,
  fields: ['prompt', 'response'],
  read: (row, column) => ({
    id: idAt(row, column('id')),
    prompt: filledTextAt(row, column('prompt')),
    response: textAt(row, column('response')),
    ...familyAt(row, column('family')),
  }),
};

/** A prompt as it is. */
const TEXT_ALONE: TextSchema = withoutOpening({
  template: promptCompletion,
  fields: ['prompt'],
  read: (row, column) => ({
    id: idAt(row, column('id')),
    prompt: filledTextAt(row, column('prompt')),
    response: '',
    ...familyAt(row, column('family')),
  }),
});

const TLDR: readonly TextSchema[] = [
  templateShape(tldr),
  renderedTldr('completion'),
  renderedTldr('response'),
];

const KNOWN: readonly TextSchema[] = [
  ...TLDR,
  ...[templateShape(promptCompletion), PROMPT_AND_RESPONSE, templateShape(questionAnswer)].map(
    withoutOpening,
  ),
  templateShape(plainText),
];
