import type { ConversationContext } from '../chat/message.js';
import type { DataError } from '../errors.js';
import { isObject } from '../records/is-object.js';
import { invalidRow, type Row } from '../records/row.js';
import { describe, hasMessagesAt, optionalTextAt, REMEDY } from '../records/row-fields.js';
import type { Schema } from '../records/schema.js';
import { invalidConversation, jsonAt, type Turn, turnOf, turnsAt } from './conversation-fields.js';
import type { Turns } from './render-turns.js';

const SYSTEM_FIELDS: readonly string[] = ['system', 'system_prompt'];

/** The columns whose messages come before those of a conversation. */
const OPENING_FIELDS: readonly string[] = [...SYSTEM_FIELDS, 'history'];

/** The columns that belong to a conversation besides its messages. */
export const CONTEXT_FIELDS: readonly string[] = ['tools', 'chat_template_kwargs', ...OPENING_FIELDS];

/** Where a field is. */
type Column = (field: string) => string;

/**
 * The fields of a row that a template reads besides the messages: `tools`, a list of JSON schemas or its JSON, and
 * `chat_template_kwargs`.
 */
export function contextAt(row: Row, column: Column): ConversationContext {
  const tools = jsonAt(row, column('tools'));
  const variables = jsonAt(row, column('chat_template_kwargs'));
  if (tools !== undefined && !(Array.isArray(tools) && tools.every(isObject))) {
    throw wrongContext(row, column('tools'), `expected a list of JSON schemas, got ${describe(tools)}`);
  }
  if (variables !== undefined && !isObject(variables)) {
    const what = `expected an object, got ${describe(variables)}`;
    throw wrongContext(row, column('chat_template_kwargs'), what);
  }
  return {
    ...(tools === undefined || tools.length === 0 ? {} : { tools: tools as object[] }),
    ...(variables === undefined ? {} : { variables }),
  };
}

function wrongContext(row: Row, field: string, what: string): DataError {
  return invalidRow(row.place, 'wrong-type', `${what}. ${REMEDY}`, { field });
}

/**
 * Messages behind what their row has in columns of its own: `system` (or `system_prompt`), a text, and `history`, pairs of what
 * the user said and what the assistant answered, or messages.
 *
 * @param fields those of the shape: a column that one of them is in is no context
 * @throws {DataError} `invalid-record` for a system's message that differs from the one that the messages begin with
 */
export function opened(row: Row, column: Column, fields: readonly string[], { field, turns }: Turns): Turns {
  const [first, ...others] = turns;
  const begins = first !== undefined && ['system', 'developer'].includes(first.message.role);
  let system = begins ? first : undefined;
  for (const path of SYSTEM_FIELDS.map(column)) {
    if (isTaken(path, column, fields)) continue;
    const text = optionalTextAt(row, path) ?? '';
    if (text.trim() === '') continue;
    if (system !== undefined && system.message.content.trim() !== text.trim()) {
      const what = `says something other than "${system.field}", and a conversation has one message of the system`;
      throw invalidConversation(row, path, what);
    }
    system ??= turnOf('system', text, path);
  }
  const past = column('history');
  const history = isTaken(past, column, fields) ? [] : historyAt(row, past);
  return {
    field,
    turns: [...(system === undefined ? [] : [system]), ...history, ...(begins ? others : turns)],
  };
}

/** Whether a column has another field of a shape, so that it is no context. */
function isTaken(path: string, column: Column, fields: readonly string[]): boolean {
  return fields.some((field) => !OPENING_FIELDS.includes(field) && column(field) === path);
}

function historyAt(row: Row, path: string): Turn[] {
  if (hasMessagesAt(row, path)) return turnsAt(row, path);
  const pairs = jsonAt(row, path) ?? [];
  const isText = (part: unknown): boolean => typeof part === 'string' && part.trim() !== '';
  const isPair = (pair: unknown): boolean => Array.isArray(pair) && pair.length === 2 && pair.every(isText);
  if (!Array.isArray(pairs) || !pairs.every(isPair)) {
    throw wrongContext(
      row,
      path,
      `expected a list of pairs, each of what the user said and what the assistant answered, got ${Array.isArray(pairs) ? 'a list of something else' : describe(pairs)}`,
    );
  }
  return (pairs as [string, string][]).flatMap(([asked, answered], index) => [
    turnOf('user', asked, `${path}.${index}.0`),
    turnOf('assistant', answered, `${path}.${index}.1`),
  ]);
}

/** A shape of text that refuses rows with something before the prompt, for which text as it is has no place. */
export function withoutOpening<R>(shape: Schema<R>): Schema<R> {
  return {
    ...shape,
    optional: [...(shape.optional ?? []), ...OPENING_FIELDS],
    read(row, column) {
      for (const path of OPENING_FIELDS.map(column)) {
        const value = jsonAt(row, path) ?? '';
        const isEmpty =
          typeof value === 'string' ? value.trim() === '' : Array.isArray(value) && value.length === 0;
        if (isEmpty || isTaken(path, column, shape.fields)) continue;
        throw invalidRow(
          row.place,
          'invalid-conversation',
          `comes before the prompt, and rows of text have no place for it. Read them as conversations (--template chat), or remove the column`,
          { field: path },
        );
      }
      return shape.read(row, column);
    },
  };
}
