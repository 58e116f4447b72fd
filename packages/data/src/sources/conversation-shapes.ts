import type { ChatTemplate } from '../chat/chat-template.js';
import type { Message } from '../chat/message.js';
import { DataError } from '../errors.js';
import type { TextRecord } from '../records/record.js';
import type { Row } from '../records/row.js';
import { familyAt, filledTextAt, hasMessagesAt, idAt, optionalTextAt } from '../records/row-fields.js';
import { LeftOut, type RowResults } from '../records/row-records.js';
import type { Schema } from '../records/schema.js';
import {
  checkConversation,
  contextAt,
  invalidConversation,
  isPlainTextAt,
  type Turn,
  turnOf,
  turnsAt,
} from './conversation-fields.js';
import { isLabelAt } from './label-field.js';
import { renderPromptTurns, renderTurns } from './render-turns.js';

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

/** Rows of messages with a response each, in TRL's names, and refusal of its unpaired preferences. */
export function conversationShapes(options: ConversationOptions): Schema<RowResults<TextRecord>>[] {
  return [
    ...unpairedPreferences,
    wholeConversation('messages', options),
    wholeConversation('conversations', options),
    promptAndCompletion(options),
  ];
}

/** The columns that a template reads besides the messages. */
export const CONTEXT_FIELDS: readonly string[] = ['tools', 'chat_template_kwargs'];

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

/** TRL's unpaired preferences, which only `labeledSource` reads. */
export const unpairedPreferences: readonly Schema<never>[] = ['completion', 'response'].map((answers) => {
  const fields = ['prompt', answers, 'label'];
  const refuse = (row: Row): never => refuseUnpaired(row, fields);
  return {
    fields,
    isRefused: true,
    fits: (row, column) => isLabelAt(row, column('label')),
    template: refuse,
    read: refuse,
  };
});

function refuseUnpaired({ place }: Row, fields: readonly string[]): never {
  throw new DataError(
    'unpaired-preferences',
    `${place.file ?? 'The source'} has unpaired preferences (${fields.join(', ')}), which only objectives over labeled responses learn from (ais train --objective kto --pairs). Use pairs (prompt, chosen, rejected) for others; for supervised training, keep the rows whose label is true, without the column label.`,
    { place },
  );
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
      const turns = turnsAt(row, path);
      const last = turns.findLastIndex(({ message }) => message.role === 'assistant');
      const isUnanswered = last < turns.length - 1;
      if (last < 0 || (isUnanswered && assistantTurns === 'last')) {
        throw invalidConversation(
          row,
          path,
          turns.length === 0
            ? 'there are no messages'
            : 'the conversation does not end with a message of the assistant, so there is nothing to learn at its end',
        );
      }
      checkConversation(row, path, turns);
      const ends = turns.flatMap(({ message }, index) => (isLearned(message) ? [index] : []));
      const end = ends.at(-1);
      if (end === undefined) return new LeftOut('weight-0');
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

/** Of messages in OpenAI's format, `weight` 0 says that one is not to be learned. */
const isLearned = ({ role, weight }: Message): boolean =>
  role === 'assistant' && weight !== 0 && weight !== 0n;

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
  const shape = exchange(['instruction', 'output'], options, messageAt, (row, column) => {
    const field = column('instruction');
    const input = optionalTextAt(row, column('input')) ?? '';
    const text = `${filledTextAt(row, field)}${input.trim() === '' ? '' : `\n${input}`}`;
    return { field, turns: [turnOf('user', text, field)] };
  });
  return { ...shape, optional: [...CONTEXT_FIELDS, 'input'] };
}

function exchange(
  fields: readonly [asks: string, answers: string],
  options: ConversationOptions,
  side: typeof sideAt,
  askedAt = (row: Row, column: (field: string) => string): Side => side(row, column(fields[0]), 'user'),
): Schema<TextRecord> {
  return {
    fields,
    optional: CONTEXT_FIELDS,
    template: (row) => requireChatTemplate(options, fields, row),
    read(row, column) {
      const { prompt, responses } = renderTurns(row, requireChatTemplate(options, fields, row), {
        prompt: askedAt(row, column),
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
        side(row, column(asks), 'user'),
        contextAt(row, column),
      ),
      response: '',
      ...familyAt(row, column('family')),
    }),
  };
}

type Side = { readonly field: string; readonly turns: readonly Turn[] };

/** A message in plain text. */
function messageAt(row: Row, field: string, role: 'user' | 'assistant'): Side {
  return { field, turns: [turnOf(role, filledTextAt(row, field), field)] };
}

/** Messages, or one of them as plain text. */
export function sideAt(row: Row, field: string, role: 'user' | 'assistant'): Side {
  return isPlainTextAt(row, field) ? messageAt(row, field, role) : { field, turns: turnsAt(row, field) };
}
