import { DataError, type DataErrorPlace, type RecordFault } from '../errors.js';
import type { ReadFaults } from './read-report.js';

/** One row of a file, as it is there. */
export interface Row {
  readonly value: Readonly<Record<string, unknown>>;
  /** The file, and the line or row in it. */
  readonly place: DataErrorPlace;
  /** What identifies the row within its source where it has no id of its own. */
  readonly key: string;
  /** The columns of the file, where `value` may have some of them only. */
  readonly columns?: readonly string[];
  /** Every value is text, as in CSV: a number is written in digits, and nothing is an empty text. */
  readonly isText?: boolean;
}

/** The names of a row's columns, those included that were not read. */
export function columnsOf({ columns, value }: Row): readonly string[] {
  return columns ?? Object.keys(value);
}

/**
 * Where rows come from: the lower half of a source, which knows a file format and no fields. `textSource` and
 * `comparisonSource` make records of its rows.
 */
export interface RowSource {
  readonly name: string;
  /**
   * Streams the rows from the start; brings what cannot be read to `faults`. `wanted` names the columns that will be
   * looked at; others may be left out.
   */
  rows(faults: ReadFaults, wanted?: readonly string[]): AsyncIterable<Row>;
}

/** An `invalid-record` error: where, what, and the remedy. */
export function invalidRow(
  place: DataErrorPlace,
  fault: RecordFault,
  what: string,
  options: { field?: string; cause?: unknown } = {},
): DataError {
  const { field, cause } = options;
  const where = [
    place.file,
    place.line === undefined ? undefined : `line ${place.line}`,
    place.row === undefined ? undefined : `row ${place.row}`,
    field === undefined ? undefined : `field "${field}"`,
  ].filter((part) => part !== undefined);
  return new DataError('invalid-record', `${where.join(', ')}: ${what}.`, {
    cause,
    fault,
    place: field === undefined ? place : { ...place, field },
  });
}
