import type { ChatTemplate } from '../chat/chat-template.js';
import type { ConversationContext, RenderedExchange } from '../chat/message.js';
import { DataError } from '../errors.js';
import { invalidRow, type Row } from '../records/row.js';
import { checkConversation, invalidConversation, type Turn } from './conversation-fields.js';
import { requireCalls, requireTools } from './require-rendered.js';

/** Messages of a row, and the field that they are of. */
export interface Turns {
  readonly field: string;
  readonly turns: readonly Turn[];
}

/** A prompt, and the ways in which it continues. */
export interface ExchangeOfTurns extends ConversationContext {
  readonly prompt: Turns;
  readonly responses: readonly Turns[];
}

/**
 * Checks a prompt and what follows it, and renders them.
 *
 * @throws {DataError} `invalid-record`, naming file, row, and field, where the roles are out of order, the prompt does not leave
 *   the word to the assistant, a response does not end with its message, or the template does not render them, or
 *   leaves out tools or calls of them
 */
export function renderTurns(
  row: Row,
  template: ChatTemplate,
  { prompt, responses, ...context }: ExchangeOfTurns,
): RenderedExchange {
  for (const { field, turns } of responses) {
    if (turns.length === 0) throw invalidConversation(row, field, 'there is no message for the response');
    checkConversation(row, prompt.field, [...prompt.turns, ...turns]);
    const last = turns.at(-1);
    if (last !== undefined && last.message.role !== 'assistant') {
      throw invalidConversation(
        row,
        `${last.field}.role`,
        `the response ends with a message of the ${last.message.role}, and only the assistant's can be learned`,
      );
    }
  }
  requireQuestion(row, prompt);
  const rendered = placed(row, prompt.field, () =>
    template.exchange({ prompt: messagesOf(prompt), responses: responses.map(messagesOf), ...context }),
  );
  requireTools(row, template.name, context.tools ?? [], rendered.prompt);
  requireCalls(row, template.name, prompt.turns, rendered.prompt);
  for (const [index, { turns }] of responses.entries()) {
    requireCalls(row, template.name, turns, rendered.responses[index] ?? '');
  }
  return rendered;
}

/**
 * Checks a prompt that nothing follows, and renders it with what opens the assistant's turn.
 *
 * @throws {DataError} as `renderTurns`
 */
export function renderPromptTurns(
  row: Row,
  template: ChatTemplate,
  prompt: Turns,
  context: ConversationContext,
): string {
  checkConversation(row, prompt.field, prompt.turns);
  requireQuestion(row, prompt);
  const rendered = placed(row, prompt.field, () =>
    template.render(messagesOf(prompt), { addGenerationPrompt: true, ...context }),
  );
  requireTools(row, template.name, context.tools ?? [], rendered);
  requireCalls(row, template.name, prompt.turns, rendered);
  return rendered;
}

function requireQuestion(row: Row, { turns }: Turns): void {
  const last = turns.at(-1);
  if (last?.message.role !== 'assistant') return;
  throw invalidConversation(
    row,
    `${last.field}.role`,
    'the prompt ends with a message of the assistant, and it must end with what the assistant answers to',
  );
}

/** What renders; an error about the conversation says where it is. */
function placed<Rendered>(row: Row, field: string, render: () => Rendered): Rendered {
  try {
    return render();
  } catch (error) {
    if (!(error instanceof DataError) || error.fault === undefined) throw error;
    const problem = error.detail.replace(/\.$/, '');
    throw invalidRow(row.place, error.fault, problem, { field, cause: error });
  }
}

const messagesOf = ({ turns }: Turns) => turns.map(({ message }) => message);
