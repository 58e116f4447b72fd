import type { DataError, RecordFault } from '../errors.js';
import type { AnyTemplate } from '../templates/any-template.js';
import { requireOneOf } from './require-option.js';

/** What to do at a malformed row: stop with its error, or leave the row out and count it. */
export type OnError = 'stop' | 'skip';

/** How a source is read. */
export interface ReadOptions {
  /** `stop` by default. A damaged file stops either way once rows of it were given: they cannot be trusted. */
  onError?: OnError;
  /** Is filled while reading. */
  report?: ReadReport;
}

/** What a reading met. */
export interface ReadReport {
  /** Records that were given. */
  records: number;
  /** Rows and files that were left out because of a fault. */
  skipped: number;
  /** The skipped by what is wrong with them. */
  faults: Partial<Record<RecordFault, number>>;
  /** The first errors among them, at most 10, to be looked at. */
  examples: DataError[];
  /**
   * Rows that are in order and that the reader left out by choice, by the reason; `unanswered` counts what follows the last
   * message of the assistant in conversations of which each is learned.
   */
  leftOut: Record<string, number>;
  /** What each source's records were taken for. */
  shapes: RecognizedShape[];
  /** Of a mixture: how many records each of its sources gave. */
  mixture: MixtureShare[];
}

/** What a source gave to a mixture. */
export interface MixtureShare {
  readonly source: string;
  readonly weight: number;
  records: number;
}

/** What a source's columns were taken for. */
export interface RecognizedShape {
  readonly source: string;
  /** What rendered the text. */
  readonly template: AnyTemplate;
  /** The column of each field. */
  readonly columns: Readonly<Record<string, string>>;
  /** Other columns of the first row, which nothing reads; absent where there are none. */
  readonly unread?: readonly string[];
}

const EXAMPLES = 10;

/**
 * An empty report, to be filled by reading.
 *
 * @example
 * const report = createReadReport();
 * const records = await collectRecords(textSource(jsonlRows('posts.jsonl')), { onError: 'skip', report });
 * console.log(report.records === records.length, report.skipped); // true 0
 */
export function createReadReport(): ReadReport {
  return { records: 0, skipped: 0, faults: {}, examples: [], leftOut: {}, shapes: [], mixture: [] };
}

/** Where a source brings what it meets. */
export interface ReadFaults {
  /**
   * Throws the error if reading stops at faults, else counts it; the caller continues with the next row.
   *
   * @throws the error
   */
  meet(error: DataError): void;
  /** Counts a row that is left out by choice. */
  leaveOut(reason: string): void;
  /** Notes what the source's columns are taken for. */
  recognize(shape: RecognizedShape): void;
  /** Counts a record that is given. */
  give(): void;
}

/**
 * What a source does with malformed rows, from the options of its `records`: for authors of sources.
 *
 * Errors without a `fault` are about the reading itself (a missing file, a wrong option) and are thrown always.
 *
 * @param options of `records`
 * @returns functions that throw or count
 * @throws {DataError} `invalid-option` for an `onError` that is neither
 * @example
 * const faults = readFaults({ onError: 'skip', report: createReadReport() });
 * faults.meet(new DataError('invalid-record', 'row 7: is empty.', { fault: 'empty-field', place: { row: 7 } }));
 */
export function readFaults({ onError = 'stop', report = createReadReport() }: ReadOptions = {}): ReadFaults {
  requireOneOf('onError', onError, ['stop', 'skip']);
  return {
    meet(error) {
      if (onError === 'stop' || error.fault === undefined) throw error;
      report.skipped++;
      report.faults[error.fault] = (report.faults[error.fault] ?? 0) + 1;
      if (report.examples.length < EXAMPLES) report.examples.push(error);
    },
    leaveOut(reason) {
      report.leftOut[reason] = (report.leftOut[reason] ?? 0) + 1;
    },
    recognize(shape) {
      report.shapes.push(shape);
    },
    give() {
      report.records++;
    },
  };
}
