import type { Message, Role } from '../chat/message.js';
import type { DataError } from '../errors.js';
import { parseJson } from '../formats/parse-json.js';
import { excerpt } from '../records/excerpt.js';
import { invalidRow, type Row } from '../records/row.js';
import { describe, hasMessagesAt, isMessage, REMEDY, valueAt } from '../records/row-fields.js';
import { calledFunctions } from './called-functions.js';

const ROLES: readonly string[] = ['system', 'developer', 'user', 'assistant', 'tool'] satisfies Role[];

/** The names of ShareGPT's format, and OpenAI's for what a function answers, before there were tools. */
const OTHER_NAMES: Readonly<Record<string, Role>> = { human: 'user', gpt: 'assistant', function: 'tool' };

/** A message, and the field that it is in. */
export interface Turn {
  readonly message: Message;
  readonly field: string;
}

/** A turn that a row has as plain text. */
export function turnOf(role: Role, content: string, field: string): Turn {
  return { message: { role, content }, field };
}

/**
 * The messages in a field of a row, in order, or the one that is there; how they follow each other is for `checkConversation`.
 *
 * @throws {DataError} `invalid-record`, naming file, row, and field down to the message, for anything but a list of messages
 *   with a known role and a content that says something
 */
export function turnsAt(row: Row, path: string): Turn[] {
  const found = fromText(row, valueAt(row, path));
  const value = isMessage(found) ? [found] : found;
  if (Array.isArray(value)) {
    return value.map((message, index) => {
      const field = `${path}.${index}`;
      return { message: messageOf(row, field, message), field };
    });
  }
  const expected = row.isText ? 'the JSON of a list of messages' : 'a list of messages, as in the first row';
  const there = row.isText && typeof value === 'string' && value !== '' ? excerpt(value) : describe(value);
  throw invalidRow(
    row.place,
    value === undefined ? 'missing-field' : 'wrong-type',
    value === undefined ? `is missing. ${REMEDY}` : `expected ${expected}, got ${there}. ${REMEDY}`,
    { field: path },
  );
}

/** Whether a field has plain text where messages could be: in tables of text, what is not the text of a list. */
export function isPlainTextAt(row: Row, path: string): boolean {
  const value = valueAt(row, path);
  return typeof value === 'string' && !(Array.isArray(fromText(row, value)) || hasMessagesAt(row, path));
}

/** Tables of text have lists as JSON. */
function fromText(row: Row, value: unknown): unknown {
  return row.isText ? fromJson(value) : value;
}

/** A value, or what its JSON says; undefined where there is none. */
export function jsonAt(row: Row, path: string): unknown {
  const value = valueAt(row, path);
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'string' ? fromJson(value) : plain(value);
}

/** What a text says, if it is JSON; large whole numbers are `bigint`. */
function fromJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return parseJson(value);
  } catch {
    return value;
  }
}

function messageOf(row: Row, path: string, value: unknown): Message {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const what = `expected a message with role and content, got ${describe(value)}`;
    throw invalidConversation(row, path, what);
  }
  const { from, value: said, role = from, content = said, ...others } = value as Record<string, unknown>;
  const known = typeof role === 'string' && Object.hasOwn(OTHER_NAMES, role) ? OTHER_NAMES[role] : role;
  if (typeof known !== 'string' || !ROLES.includes(known)) {
    const found =
      role === undefined ? 'none' : typeof role === 'string' ? JSON.stringify(role) : describe(role);
    throw invalidConversation(row, `${path}.role`, `expected one of ${ROLES.join(', ')}, got ${found}`);
  }
  const more = Object.fromEntries(
    Object.entries(others).flatMap(([key, part]) =>
      part === undefined || part === null ? [] : [[key, plain(part)]],
    ),
  );
  const text = textOf(content);
  if (text === undefined) {
    throw invalidConversation(row, `${path}.content`, `expected a string, got ${describe(content)}`);
  }
  if (text.trim() === '' && calledFunctions(more).length === 0 && known !== 'tool') {
    const calls = more['tool_calls'] === undefined ? '' : ', and its tool_calls call no function by its name';
    throw invalidConversation(row, `${path}.content`, `the message of the ${known} is empty${calls}`);
  }
  if (/\p{Surrogate}/u.test(text)) {
    throw invalidRow(
      row.place,
      'lone-surrogate',
      `has half a surrogate pair, which is no character. ${REMEDY}`,
      { field: `${path}.content` },
    );
  }
  return { role: known as Role, content: text, ...more };
}

/** Text as it is, or that of a list of parts of text; a message of tool calls alone may have none. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (content === undefined || content === null) return '';
  if (!Array.isArray(content)) return undefined;
  let text = '';
  for (const part of content as unknown[]) {
    const { type, text: own } = (typeof part === 'object' && part !== null ? part : {}) as Record<
      string,
      unknown
    >;
    if (type !== 'text' || typeof own !== 'string') return undefined;
    text += own;
  }
  return text;
}

/** A value as JSON would have had it: in tables, all rows have the keys of any, null where a row has none. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) => (part === null ? [] : [[key, plain(part)]])),
  );
}

/**
 * Checks that messages follow each other as in a conversation: first what the system says, if anything; then the user and the
 * assistant alternately, with what tools answer after the assistant's calls.
 *
 * @throws {DataError} `invalid-record` for a conversation without a user's message, or with roles out of order
 */
export function checkConversation(row: Row, field: string, turns: readonly Turn[]): void {
  if (turns.length === 0) throw invalidConversation(row, field, 'there are no messages');
  if (!turns.some(({ message }) => message.role === 'user')) {
    throw invalidConversation(row, field, 'the conversation has no message of the user');
  }
  let before: Role | 'start' = 'start';
  for (const { message, field: own } of turns) {
    const { role } = message;
    if (!MAY_FOLLOW[role].includes(before)) {
      const where = before === 'start' ? 'come first' : `follow one of the ${before}`;
      throw invalidConversation(
        row,
        `${own}.role`,
        `a message of the ${role} cannot ${where}: after the system's, the user and the assistant take turns`,
      );
    }
    before = role;
  }
}

const MAY_FOLLOW: Readonly<Record<Role, readonly (Role | 'start')[]>> = {
  system: ['start'],
  developer: ['start', 'system'],
  user: ['start', 'system', 'developer', 'assistant'],
  assistant: ['user', 'tool'],
  tool: ['assistant', 'tool'],
};

export function invalidConversation(row: Row, field: string, what: string): DataError {
  return invalidRow(row.place, 'invalid-conversation', `${what}. ${REMEDY}`, { field });
}
