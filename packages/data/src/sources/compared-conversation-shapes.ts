import { isSameMessage } from '../chat/message.js';
import type { ComparisonRecord } from '../records/record.js';
import { familyAt, filledTextAt, hasMessagesAt, idAt, valueAt } from '../records/row-fields.js';
import { LeftOut, type RowResult } from '../records/row-records.js';
import type { Schema } from '../records/schema.js';
import { CONTEXT_FIELDS, contextAt, opened } from './conversation-context.js';
import { isPlainTextAt, type Turn, turnOf } from './conversation-fields.js';
import {
  type ConversationOptions,
  instructionAt,
  requireChatTemplate,
  sideAt,
} from './conversation-shapes.js';
import { noPrompt } from './other-prompts.js';
import { type ExchangeOfTurns, renderTurns, type Turns } from './render-turns.js';
import { unpairedPreferences } from './unpaired-preferences.js';

type ComparisonShape = Schema<RowResult<ComparisonRecord>>;

/** Rows of messages with two responses each, and rows of text that only a chat template can put together. */
export function comparedConversationShapes(options: ConversationOptions): ComparisonShape[] {
  return [
    ...unpairedPreferences(['completion', 'response'].map((answers) => ({ fields: ['prompt', answers] }))),
    comparedMessages({ asks: 'prompt' }, options),
    ...['messages', 'conversations'].map((asks) =>
      comparedMessages({ asks, fits: hasAsking(asks) }, options),
    ),
    comparedMessages({ asks: 'instruction', fits: isInstruction, asked: instructionAt }, options),
    // OpenAI's files for preferences.
    comparedMessages(
      {
        asks: 'input.messages',
        chosen: 'preferred_output',
        rejected: 'non_preferred_output',
        tools: 'input.tools',
      },
      options,
    ),
    comparedMessages({}, options),
    // Intel/orca_dpo_pairs, argilla/distilabel-intel-orca-dpo-pairs, argilla/distilabel-math-preference-dpo
    answeredQuestion(['system', 'question', 'chosen', 'rejected'], options),
    answeredQuestion(['system', 'input', 'chosen', 'rejected'], options),
    answeredQuestion(['instruction', 'chosen_response', 'rejected_response'], options),
    ...unpairedPreferences(
      [['messages'], ['conversations'], ['question', 'answer'], ['instruction', 'output']].map((fields) => ({
        fields,
      })),
    ),
  ];
}

/** A question and two answers in plain text, for a caller that asks for a chat template. */
export function plainComparisons(options: ConversationOptions): ComparisonShape[] {
  return ['prompt', 'question'].map((user) => answeredQuestion([user, 'chosen', 'rejected'], options));
}

type Fits = NonNullable<ComparisonShape['fits']>;

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

/** Whether a column has the messages of the prompt, which a column `prompt` would have otherwise. */
const hasAsking =
  (asks: string): Fits =>
  (row, column) =>
    isAbsent(valueAt(row, column('prompt'))) && hasMessagesAt(row, column(asks));

/** Whether a row is one of Alpaca's, and no other column asks. */
const isInstruction: Fits = (row, column) =>
  typeof valueAt(row, column('instruction')) === 'string' &&
  ['prompt', 'query', 'question'].every((asks) => isAbsent(valueAt(row, column(asks))));

/**
 * Preferences of TRL, LLaMA-Factory, Axolotl, and OpenAI. The prompt is what both conversations begin with, unless a column has it:
 * messages that neither begins with, or a text where they begin with nothing in common.
 */
function comparedMessages(
  {
    asks,
    chosen: better = 'chosen',
    rejected: worse = 'rejected',
    tools = 'tools',
    fits,
    asked = (row, column) => sideAt(row, column(asks ?? ''), 'user'),
  }: {
    readonly asks?: string;
    readonly chosen?: string;
    readonly rejected?: string;
    readonly tools?: string;
    readonly fits?: Fits;
    readonly asked?: typeof instructionAt;
  },
  options: ConversationOptions,
): ComparisonShape {
  const fields = [...(asks === undefined ? [] : [asks]), better, worse];
  return comparedShape(fields, options, {
    tools,
    fits: fits ?? ((row, column) => fields.some((field) => hasMessagesAt(row, column(field)))),
    exchange(row, column) {
      const chosen = sideAt(row, column(better), 'assistant');
      const rejected = sideAt(row, column(worse), 'assistant');
      const shared = sharedStart(chosen.turns, rejected.turns);
      if (shared === chosen.turns.length && shared === rejected.turns.length) return new LeftOut('identical');
      const prompt = asks === undefined ? undefined : asked(row, column, fields);
      if (prompt !== undefined && !(shared > 0 && isRepeated(prompt))) {
        return { prompt, responses: [chosen, rejected] };
      }
      if (shared === 0) throw noPrompt(row, column, 'its first message is not that of');
      const rest = ({ field, turns }: Turns): Turns => ({ field, turns: turns.slice(shared) });
      return {
        prompt: { field: chosen.field, turns: chosen.turns.slice(0, shared) },
        responses: [rest(chosen), rest(rejected)],
      };

      /** Whether both conversations begin with the prompt, or, where `messages` are a whole conversation, it begins as they do. */
      function isRepeated({ turns }: Turns): boolean {
        if (asks === undefined || isPlainTextAt(row, column(asks))) return true;
        const repeated = sharedStart(turns, chosen.turns);
        return repeated === turns.length || (asks !== 'prompt' && repeated >= shared);
      }
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

/** A question and two answers as text: the last three columns; those before them are in every row too. */
function answeredQuestion(fields: readonly string[], options: ConversationOptions): ComparisonShape {
  const [asks = '', better = '', worse = ''] = fields.slice(-3);
  return comparedShape(fields, options, {
    fits: (row, column) =>
      fields.every((name) => ['string', 'object'].includes(typeof valueAt(row, column(name)))),
    exchange(row, column) {
      const said = (role: 'user' | 'assistant', name: string): Turns => ({
        field: column(name),
        turns: [turnOf(role, filledTextAt(row, column(name)), column(name))],
      });
      return {
        prompt: asks === 'instruction' ? instructionAt(row, column, fields) : said('user', asks),
        responses: [said('assistant', better), said('assistant', worse)],
      };
    },
  });
}

/** A shape whose rows are rendered by the chat template. */
export function comparedShape(
  fields: readonly string[],
  options: ConversationOptions,
  {
    tools = 'tools',
    fits,
    exchange,
  }: Required<Pick<ComparisonShape, 'fits'>> & {
    /** Where tools are. */
    readonly tools?: string;
    exchange(...parameters: Parameters<ComparisonShape['read']>): ExchangeOfTurns | LeftOut;
  },
): ComparisonShape {
  return {
    fields,
    optional: [...CONTEXT_FIELDS, tools, ...(fields.includes('instruction') ? ['input'] : [])],
    fits,
    template: (row) => requireChatTemplate(options, fields, row),
    read(row, column) {
      const found = exchange(row, column);
      if (found instanceof LeftOut) return found;
      const { prompt, responses } = renderTurns(row, requireChatTemplate(options, fields, row), {
        ...found,
        prompt: opened(row, column, fields, found.prompt),
        ...contextAt(row, (field) => column(field === 'tools' ? tools : field)),
      });
      const [chosen = '', rejected = ''] = responses;
      return { id: idAt(row, column('id')), prompt, chosen, rejected, ...familyAt(row, column('family')) };
    },
  };
}
