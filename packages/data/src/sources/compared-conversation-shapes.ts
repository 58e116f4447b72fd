import { isSameMessage } from '../chat/message.js';
import type { ComparisonRecord } from '../records/record.js';
import {
  familyAt,
  filledTextAt,
  hasMessagesAt,
  idAt,
  optionalTextAt,
  valueAt,
} from '../records/row-fields.js';
import { LeftOut, type RowResult } from '../records/row-records.js';
import type { Schema } from '../records/schema.js';
import { contextAt, invalidConversation, isPlainTextAt, type Turn, turnOf } from './conversation-fields.js';
import {
  CONTEXT_FIELDS,
  type ConversationOptions,
  requireChatTemplate,
  sideAt,
  unpairedPreferences,
} from './conversation-shapes.js';
import { type ExchangeOfTurns, renderTurns, type Turns } from './render-turns.js';

type ComparisonShape = Schema<RowResult<ComparisonRecord>>;

/** Rows of messages with two responses each, and rows of text that only a chat template can put together. */
export function comparedConversationShapes(options: ConversationOptions): ComparisonShape[] {
  return [
    ...unpairedPreferences,
    comparedMessages(['prompt', 'chosen', 'rejected'], options),
    comparedMessages(['chosen', 'rejected'], options),
    // Intel/orca_dpo_pairs, argilla/distilabel-intel-orca-dpo-pairs, argilla/distilabel-math-preference-dpo
    answeredQuestion({ system: 'system', user: 'question', chosen: 'chosen', rejected: 'rejected' }, options),
    answeredQuestion({ system: 'system', user: 'input', chosen: 'chosen', rejected: 'rejected' }, options),
    answeredQuestion(
      { user: 'instruction', chosen: 'chosen_response', rejected: 'rejected_response' },
      options,
    ),
  ];
}

/** A question and two answers in plain text, of whoever asks for a chat template. */
export function plainComparisons(options: ConversationOptions): ComparisonShape[] {
  return ['prompt', 'question'].map((user) =>
    answeredQuestion({ user, chosen: 'chosen', rejected: 'rejected' }, options),
  );
}

/**
 * TRL's preferences. The prompt is what both conversations begin with, unless a column has it: messages that neither begins
 * with, or a text where they begin with nothing in common.
 */
function comparedMessages(fields: readonly string[], options: ConversationOptions): ComparisonShape {
  return comparedShape(fields, CONTEXT_FIELDS, options, {
    fits: (row, column) => fields.some((field) => hasMessagesAt(row, column(field))),
    exchange(row, column) {
      const chosen = sideAt(row, column('chosen'), 'assistant');
      const rejected = sideAt(row, column('rejected'), 'assistant');
      const shared = sharedStart(chosen.turns, rejected.turns);
      if (shared === chosen.turns.length && shared === rejected.turns.length) return new LeftOut('identical');
      const prompt = fields.includes('prompt') ? sideAt(row, column('prompt'), 'user') : undefined;
      const isRepeated =
        prompt !== undefined &&
        (isPlainTextAt(row, column('prompt')) ||
          sharedStart(prompt.turns, chosen.turns) === prompt.turns.length);
      if (prompt !== undefined && !(isRepeated && shared > 0)) {
        return { prompt, responses: [chosen, rejected] };
      }
      if (shared === 0) {
        throw invalidConversation(
          row,
          column('chosen'),
          `its first message is not that of "${column('rejected')}", so there is no prompt`,
        );
      }
      const rest = ({ field, turns }: Turns): Turns => ({ field, turns: turns.slice(shared) });
      return {
        prompt: { field: chosen.field, turns: chosen.turns.slice(0, shared) },
        responses: [rest(chosen), rest(rejected)],
      };
    },
  });
}

/** How many messages two conversations begin with in common. */
function sharedStart(a: readonly Turn[], b: readonly Turn[]): number {
  const parted = a.findIndex(({ message }, index) => {
    const other = b[index];
    return other === undefined || !isSameMessage(message, other.message);
  });
  return parted < 0 ? a.length : parted;
}

/** A question and two answers as text, with what the system says where a column has it. */
function answeredQuestion(
  fields: {
    readonly system?: string;
    readonly user: string;
    readonly chosen: string;
    readonly rejected: string;
  },
  options: ConversationOptions,
): ComparisonShape {
  const names = Object.values(fields);
  return comparedShape(names, [], options, {
    fits: (row, column) =>
      names.every((name) => ['string', 'object'].includes(typeof valueAt(row, column(name)))),
    exchange(row, column) {
      const system = fields.system === undefined ? '' : (optionalTextAt(row, column(fields.system)) ?? '');
      const turn = (role: 'user' | 'assistant', name: string): Turn =>
        turnOf(role, filledTextAt(row, column(name)), column(name));
      const answer = (name: string): Turns => ({ field: column(name), turns: [turn('assistant', name)] });
      return {
        prompt: {
          field: column(fields.user),
          turns: [
            ...(system.trim() === '' || fields.system === undefined
              ? []
              : [turnOf('system', system, column(fields.system))]),
            turn('user', fields.user),
          ],
        },
        responses: [answer(fields.chosen), answer(fields.rejected)],
      };
    },
  });
}

/** A shape whose rows are rendered by the chat template. */
export function comparedShape(
  fields: readonly string[],
  optional: readonly string[],
  options: ConversationOptions,
  {
    fits,
    exchange,
  }: Required<Pick<ComparisonShape, 'fits'>> & {
    exchange(...parameters: Parameters<ComparisonShape['read']>): ExchangeOfTurns | LeftOut;
  },
): ComparisonShape {
  return {
    fields,
    optional,
    fits,
    template: (row) => requireChatTemplate(options, fields, row),
    read(row, column) {
      const found = exchange(row, column);
      if (found instanceof LeftOut) return found;
      const { prompt, responses } = renderTurns(row, requireChatTemplate(options, fields, row), {
        ...found,
        ...(optional.length > 0 ? contextAt(row, column) : {}),
      });
      const [chosen = '', rejected = ''] = responses;
      return { id: idAt(row, column('id')), prompt, chosen, rejected, ...familyAt(row, column('family')) };
    },
  };
}
