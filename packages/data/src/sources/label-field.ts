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
  const label = MEANINGS.get(value) ?? (row.isText ? WORDS.get(wordOf(value)) : undefined);
  if (label !== undefined) return label;
  throw invalidRow(
    row.place,
    value === undefined ? 'missing-field' : 'wrong-type',
    value === undefined
      ? 'is missing. Repair or remove the row'
      : `expected true or false, got ${shown(value)}. Repair or remove the row`,
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

const LONG = 40;

function shown(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'string' || value === '') return describe(value);
  return JSON.stringify(value.length > LONG ? `${value.slice(0, LONG)}…` : value);
}
