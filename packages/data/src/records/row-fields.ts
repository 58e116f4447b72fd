import { invalidRow, type Row } from './row.js';

/** What to do about a row that cannot be read. */
export const REMEDY = 'Repair or remove the row';

/** Text that is no UTF-8, as a reader of tables that can tell finds it. */
export class UndecodableText {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** The value at a path such as `info.post`, or undefined. */
export function valueAt(row: Row, path: string): unknown {
  // A column whose name has a dot in it is found as it is.
  if (Object.hasOwn(row.value, path)) return row.value[path];
  let value: unknown = row.value;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/**
 * Text of a row.
 *
 * @throws {DataError} `invalid-record`, naming file, row and field, for anything but text of whole characters
 */
export function textAt(row: Row, path: string): string {
  const value = valueAt(row, path);
  const isConversation = isMessages(row, value);
  if (typeof value === 'string' && !isConversation) return wellFormed(row, path, value);
  if (value === undefined)
    throw invalidRow(row.place, 'missing-field', `is missing. ${REMEDY}`, { field: path });
  if (value instanceof UndecodableText) {
    throw invalidRow(row.place, 'not-utf8', `is not UTF-8. ${REMEDY}`, { field: path });
  }
  const what = isConversation
    ? 'expected a string, got a list of messages. Leave out the template of texts (--template), so that the chat template renders them'
    : `expected a string, got ${describe(value)}. ${REMEDY}`;
  throw invalidRow(row.place, 'wrong-type', what, { field: path });
}

/** Whether a field has messages, or one; in tables of text, the text of them, be it JSON or as Python prints a list. */
export function hasMessagesAt(row: Row, path: string): boolean {
  return isMessages(row, valueAt(row, path));
}

function isMessages({ isText = false }: Row, value: unknown): boolean {
  return isText && typeof value === 'string' ? isTextOfMessages(value) : areMessages(value);
}

function areMessages(value: unknown): boolean {
  if (!Array.isArray(value)) return isMessage(value);
  const first: unknown = value[0];
  return typeof first === 'object' && first !== null && ('role' in first || 'from' in first);
}

/** Whether a value is a message by its keys: other objects may have a role. */
export function isMessage(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ('role' in value && 'content' in value) || ('from' in value && 'value' in value);
}

function isTextOfMessages(text: string): boolean {
  if (!/^\s*(?:\[\s*)?\{/.test(text)) return false;
  try {
    return areMessages(JSON.parse(text));
  } catch {
    return /^\s*\[\s*\{\s*(["'])(?:role|from|content)\1\s*:/.test(text);
  }
}

/** Text that says something. */
export function filledTextAt(row: Row, path: string): string {
  const text = textAt(row, path);
  if (text.trim() !== '') return text;
  throw invalidRow(row.place, 'empty-field', 'is empty. Fill it in or remove the row', { field: path });
}

/** Text, or undefined where the field is missing or null. */
export function optionalTextAt(row: Row, path: string): string | undefined {
  const value = valueAt(row, path);
  return value === undefined || value === null ? undefined : textAt(row, path);
}

/** A finite number, or undefined where the field is missing or null. */
export function numberAt(row: Row, path: string): number | undefined {
  const found = valueAt(row, path);
  const value = row.isText ? numberOf(found) : found;
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'number') {
    throw invalidRow(row.place, 'not-a-number', `expected a finite number, got ${value}. ${REMEDY}`, {
      field: path,
    });
  }
  throw invalidRow(row.place, 'wrong-type', `expected a number, got ${describe(value)}. ${REMEDY}`, {
    field: path,
  });
}

/** A number that is written as text; blank text is not a number. */
function numberOf(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  if (text.trim() === '') return undefined;
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

/** The row's id: text or a whole number in the field, the row's key without one. */
export function idAt(row: Row, path: string): string {
  return nameAt(row, path) ?? row.key;
}

/** What a row belongs to, as a part of its record: text or a whole number in the field, nothing without one. */
export function familyAt(row: Row, path: string): { family?: string } {
  const family = nameAt(row, path);
  return family === undefined ? {} : { family };
}

function nameAt(row: Row, path: string): string | undefined {
  const value = valueAt(row, path);
  if (value === undefined || value === null || (row.isText && value === '')) return undefined;
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'number') {
    throw invalidRow(
      row.place,
      'unsafe-number',
      `${value} is not a whole number that a JSON number holds exactly. Write it as a string`,
      { field: path },
    );
  }
  if (typeof value === 'string' && value !== '') return wellFormed(row, path, value);
  throw invalidRow(
    row.place,
    value === '' ? 'empty-field' : 'wrong-type',
    `expected a string or a whole number, got ${describe(value)}. ${REMEDY}`,
    { field: path },
  );
}

/** What a value is, for a message. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function wellFormed(row: Row, path: string, text: string): string {
  if (!/\p{Surrogate}/u.test(text)) return text;
  throw invalidRow(
    row.place,
    'lone-surrogate',
    `has half a surrogate pair, which is not a character. ${REMEDY}`,
    { field: path },
  );
}
