import { DataError, type RecordFault } from '../errors.js';
import type { RecordKind } from './record.js';
import { describe } from './row-fields.js';

/** Which record of which source, for a message. */
export interface RecordPlace {
  /** What has the record: `the source mine`. */
  readonly owner: string;
  /** Counted from 1. */
  readonly number: number;
}

const TEXTS: Readonly<Record<RecordKind, readonly string[]>> = {
  text: ['prompt', 'response'],
  comparisons: ['prompt', 'chosen', 'rejected'],
};

/**
 * Checks a record of a user's own source: an untyped program may not keep what the type promises.
 *
 * @throws {DataError} `invalid-record`, naming source, record, and field
 */
export function requireRecord(record: unknown, kind: RecordKind, at: RecordPlace): void {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    throw invalid(at, 'wrong-type', `expected an object, got ${describe(record)}`);
  }
  const fields = record as Readonly<Record<string, unknown>>;
  for (const field of ['id', ...TEXTS[kind]]) requireText(fields[field], field, at);
  if (fields['id'] === '')
    throw invalid(at, 'empty-field', 'is empty. Give each record an id of its own', 'id');
  if (fields['family'] !== undefined) requireText(fields['family'], 'family', at);
}

function requireText(value: unknown, field: string, at: RecordPlace): void {
  if (typeof value === 'string') return;
  if (value === undefined) throw invalid(at, 'missing-field', 'is missing', field);
  throw invalid(at, 'wrong-type', `expected a string, got ${describe(value)}`, field);
}

/** @returns the error for an id that a record of the source has already */
export function repeatedId(id: string, first: number, at: RecordPlace): DataError {
  return invalid(
    at,
    'duplicate-id',
    `${JSON.stringify(id)} is the id of record ${first} too. Give each record an id of its own`,
    'id',
  );
}

function invalid(
  { owner, number }: RecordPlace,
  fault: RecordFault,
  what: string,
  field?: string,
): DataError {
  const where = field === undefined ? '' : `, field "${field}"`;
  const remedy = /\. /.test(what) ? '' : '. Correct what makes the records';
  return new DataError('invalid-record', `${owner}, record ${number}${where}: ${what}${remedy}.`, {
    fault,
    place: { row: number, ...(field === undefined ? {} : { field }) },
  });
}
