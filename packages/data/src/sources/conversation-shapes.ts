import type { ChatTemplate } from '../chat/chat-template.js';
import type { Message } from '../chat/message.js';
import { DataError } from '../errors.js';
import type { TextRecord } from '../records/record.js';
import { columnsOf, type Row } from '../records/row.js';
import { familyAt, filledTextAt, hasMessagesAt, idAt, optionalTextAt } from '../records/row-fields.js';
import { LeftOut, type RowResults } from '../records/row-records.js';
import { READ_COMPARISONS, type Schema } from '../records/schema.js';
import { CONTEXT_FIELDS, contextAt, opened } from './conversation-context.js';
import {
  checkConversation,
  invalidConversation,
  isPlainTextAt,
  turnOf,
  turnsAt,
} from './conversation-fields.js';
import { renderPromptTurns, renderTurns, type Turns } from './render-turns.js';

/** How conversations become records. */
export interface ConversationOptions {
  /** What renders conversations; rows of messages are refused without one. */
  readonly chatTemplate?: ChatTemplate;
  /**
   * Of a conversation in one column, which messages of the assistant are learned: the last one, which is the default, or
   * each, as a record of its own whose prompt is all that comes before it. Messages whose `weight` is 0 are in prompts only.
   */
  readonly assistantTurns?: AssistantTurns;
}

/** Which messages of the assistant are learned: the last one, or each behind all that came before it. */
export type AssistantTurns = 'last' | 'each';

/** Rows of messages with a response each, in TRL's names. */
export function conversationShapes(options: ConversationOptions): Schema<RowResults<TextRecord>>[] {
  return [
    ...['messages', 'conversations'].map(comparedPrompt),
    wholeConversation('messages', options),
    wholeConversation('conversations', options),
    promptAndCompletion(options),
  ];
}

/**
 * What renders the rows of a shape.
 *
 * @throws {DataError} `no-chat-template` if nothing does
 */
export function requireChatTemplate(
  { chatTemplate }: ConversationOptions,
  fields: readonly string[],
  { place }: Row,
): ChatTemplate {
  if (chatTemplate !== undefined) return chatTemplate;
  throw new DataError(
    'no-chat-template',
    `${place.file ?? 'The source'} has conversations (${fields.join(', ')}), and the model has no chat template to render them. Name one: --chat-template chatml, or a .jinja file.`,
    { place },
  );
}

/** Messages that end with a question, and two answers to it in other columns: comparisons, of which text has nothing to learn. */
function comparedPrompt(field: string): Schema<never> {
  const answers = ['chosen', 'rejected'];
  const refuse = ({ place }: Row): never => {
    throw new DataError(
      'unknown-columns',
      `${place.file ?? 'The source'} has comparisons (${[field, ...answers].join(', ')}): ${READ_COMPARISONS}.`,
      { place },
    );
  };
  return {
    // The answers are no fields of text, so that columns that are named for them are those of comparisons.
    fields: [field],
    isRefused: true,
    fits: (row, column) =>
      answers.every((name) => columnsOf(row).includes(name)) &&
      hasMessagesAt(row, column(field)) &&
      turnsAt(row, column(field)).at(-1)?.message.role !== 'assistant',
    template: refuse,
    read: refuse,
  };
}

/** A whole conversation in one column: TRL's language modeling. */
function wholeConversation(field: string, options: ConversationOptions): Schema<RowResults<TextRecord>> {
  const { assistantTurns = 'last' } = options;
  return {
    fields: [field],
    optional: CONTEXT_FIELDS,
    fits: (row, column) => hasMessagesAt(row, column(field)),
    template: (row) => requireChatTemplate(options, [field], row),
    read(row, column) {
      const path = column(field);
      const own = turnsAt(row, path);
      const { turns } = opened(row, column, [field], { field: path, turns: own });
      const last = turns.findLastIndex(({ message }) => message.role === 'assistant');
      const isUnanswered = last < turns.length - 1;
      if (own.length === 0 || last < 0 || (isUnanswered && assistantTurns === 'last')) {
        throw invalidConversation(
          row,
          path,
          own.length === 0
            ? 'there are no messages'
            : 'the conversation does not end with a message of the assistant, so there is nothing to learn at its end',
        );
      }
      checkConversation(row, path, turns);
      const ends = turns.flatMap(({ message }, index) => (isLearned(message) ? [index] : []));
      const end = ends.at(-1);
      if (end === undefined) {
        return new LeftOut(turns[last]?.message['train'] === false ? 'train-false' : 'weight-0');
      }
      const context = contextAt(row, column);
      const learned = (index: number): Pick<TextRecord, 'prompt' | 'response'> => {
        const { prompt, responses } = renderTurns(row, requireChatTemplate(options, [field], row), {
          prompt: { field: path, turns: turns.slice(0, index) },
          responses: [{ field: path, turns: turns.slice(index, index + 1) }],
          ...context,
        });
        return { prompt, response: responses[0] ?? '' };
      };
      const id = idAt(row, column('id'));
      const { family } = familyAt(row, column('family'));
      if (assistantTurns === 'last') {
        return { id, ...learned(end), ...(family === undefined ? {} : { family }) };
      }
      // What comes of one conversation stays on one side of a split.
      const records = ends.map((index, turn) => ({
        id: `${id}/${turn + 1}`,
        ...learned(index),
        family: family ?? familyOfTurns(id),
      }));
      return isUnanswered ? [...records, new LeftOut('unanswered')] : records;
    },
  };
}

/** The family of the records of one conversation that has none. */
export const familyOfTurns = (id: string): string => `conversation ${id}`;

/** Of messages in OpenAI's format, `weight` 0 says that one is not to be learned; in Axolotl's, `train` false does. */
const isLearned = ({ role, weight, train }: Message): boolean =>
  role === 'assistant' && weight !== 0 && weight !== 0n && train !== false;

/** TRL's prompt and completion. */
function promptAndCompletion(options: ConversationOptions): Schema<TextRecord> {
  const fields = ['prompt', 'completion'] as const;
  return {
    ...exchange(fields, options, sideAt),
    fits: (row, column) => fields.some((field) => hasMessagesAt(row, column(field))),
  };
}

/** Rows of plain text as conversations of one exchange: what asks is the user's message, what answers the assistant's. */
export function plainExchanges(options: ConversationOptions): Schema<TextRecord>[] {
  return [
    exchange(['prompt', 'completion'], options, messageAt),
    exchange(['prompt', 'response'], options, messageAt),
    exchange(['question', 'answer'], options, messageAt),
    instructionAndOutput(options),
  ];
}

/** Alpaca's columns: the user's message is the instruction and, on the next line, the input where a row has one. */
export function instructionAndOutput(options: ConversationOptions): Schema<TextRecord> {
  const fields = ['instruction', 'output'] as const;
  const shape = exchange(fields, options, messageAt, (row, column) => instructionAt(row, column, fields));
  return { ...shape, optional: [...CONTEXT_FIELDS, 'input'] };
}

/** Alpaca's message of the user; an `input` that is the column of another field is none. */
export function instructionAt(row: Row, column: (field: string) => string, fields: readonly string[]): Turns {
  const field = column('instruction');
  const isTaken = fields.map(column).includes(column('input'));
  const input = isTaken ? '' : (optionalTextAt(row, column('input')) ?? '');
  const text = `${filledTextAt(row, field)}${input.trim() === '' ? '' : `\n${input}`}`;
  return { field, turns: [turnOf('user', text, field)] };
}

function exchange(
  fields: readonly [asks: string, answers: string],
  options: ConversationOptions,
  side: typeof sideAt,
  askedAt = (row: Row, column: (field: string) => string): Turns => side(row, column(fields[0]), 'user'),
): Schema<TextRecord> {
  return {
    fields,
    optional: CONTEXT_FIELDS,
    template: (row) => requireChatTemplate(options, fields, row),
    read(row, column) {
      const { prompt, responses } = renderTurns(row, requireChatTemplate(options, fields, row), {
        prompt: opened(row, column, fields, askedAt(row, column)),
        responses: [side(row, column(fields[1]), 'assistant')],
        ...contextAt(row, column),
      });
      return {
        id: idAt(row, column('id')),
        prompt,
        response: responses[0] ?? '',
        ...familyAt(row, column('family')),
      };
    },
  };
}

/** TRL's prompts alone: messages that nothing follows. */
export function promptAlone(options: ConversationOptions): Schema<TextRecord> {
  return {
    ...asked('prompt', options, sideAt),
    fits: (row, column) => hasMessagesAt(row, column('prompt')),
  };
}

/** Prompts alone in plain text, as messages of the user. */
export function plainPrompts(options: ConversationOptions): Schema<TextRecord>[] {
  return ['prompt', 'question'].map((field) => asked(field, options, messageAt));
}

function asked(asks: string, options: ConversationOptions, side: typeof sideAt): Schema<TextRecord> {
  const fields = [asks];
  return {
    fields,
    optional: CONTEXT_FIELDS,
    template: (row) => requireChatTemplate(options, fields, row),
    read: (row, column) => ({
      id: idAt(row, column('id')),
      prompt: renderPromptTurns(
        row,
        requireChatTemplate(options, fields, row),
        opened(row, column, fields, side(row, column(asks), 'user')),
        contextAt(row, column),
      ),
      response: '',
      ...familyAt(row, column('family')),
    }),
  };
}

/** A message in plain text. */
function messageAt(row: Row, field: string, role: 'user' | 'assistant'): Turns {
  return { field, turns: [turnOf(role, filledTextAt(row, field), field)] };
}

/** Messages, or one of them as plain text. */
export function sideAt(row: Row, field: string, role: 'user' | 'assistant'): Turns {
  return isPlainTextAt(row, field) ? messageAt(row, field, role) : { field, turns: turnsAt(row, field) };
}
