import { excerpt } from '../records/excerpt.js';
import { invalidRow, type Row } from '../records/row.js';
import { describe, valueAt } from '../records/row-fields.js';

const MEANINGS = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  [1, true],
  [0, false],
]);
const WORDS = new Map<unknown, boolean>([
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
]);

/**
 * Whether a response is desirable: true or false, or 1 or 0, or in files of text the words.
 *
 * @throws {DataError} `invalid-record`, naming file, row, field, and value, for anything else
 */
export function labelAt(row: Row, path: string): boolean {
  const value = valueAt(row, path);
  if (value !== undefined) return meaningOf(row, path, value);
  throw invalidRow(row.place, 'missing-field', 'is missing. Repair or remove the row', { field: path });
}

/**
 * A flag that a row need not have, written as a label is.
 *
 * @returns the flag; undefined where the row has none
 * @throws {DataError} as `labelAt`, but for a value that is missing
 */
export function flagAt(row: Row, path: string): boolean | undefined {
  const value = valueAt(row, path);
  const isAbsent = value === undefined || value === null || (row.isText && value === '');
  return isAbsent ? undefined : meaningOf(row, path, value);
}

function meaningOf(row: Row, path: string, value: unknown): boolean {
  const meaning = MEANINGS.get(value) ?? (row.isText ? WORDS.get(wordOf(value)) : undefined);
  if (meaning !== undefined) return meaning;
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  const isText = typeof value === 'string' && value !== '';
  const found = isNumber ? String(value) : isText ? excerpt(value) : describe(value);
  throw invalidRow(
    row.place,
    'wrong-type',
    `expected true or false, got ${found}. Repair or remove the row`,
    { field: path },
  );
}

/** Whether there is a value that says of a response whether it is desirable, be it written as a word where none should be. */
export function isLabelAt(row: Row, path: string): boolean {
  const value = valueAt(row, path);
  return MEANINGS.has(value) || WORDS.has(wordOf(value));
}

function wordOf(value: unknown): unknown {
  return typeof value === 'string' ? value.trim().toLowerCase() : value;
}
