/** Everything that can go wrong in @ais/data, by code. */
export type DataErrorCode =
  | 'corpus-absent'
  | 'corpus-unreadable'
  | 'damaged-file'
  | 'empty-post'
  | 'file-unreadable'
  | 'file-unwritable'
  | 'folder-occupied'
  | 'hub-failed'
  | 'invalid-option'
  | 'invalid-prepared-data'
  | 'invalid-record'
  | 'invalid-score'
  | 'invalid-template'
  | 'invalid-token'
  | 'invalid-tokenizer'
  | 'missing-field'
  | 'needs-node'
  | 'no-facts'
  | 'prompt-too-long'
  | 'tokenizer-not-found'
  | 'trainer-absent'
  | 'training-failed'
  | 'truncated-file'
  | 'unknown-columns'
  | 'unsupported-tokenizer';

/** What can be wrong with a row, or with the file that holds it. */
export type RecordFault =
  | 'damaged-file'
  | 'duplicate-id'
  | 'empty-field'
  | 'empty-line'
  | 'line-too-long'
  | 'lone-surrogate'
  | 'missing-field'
  | 'not-a-number'
  | 'not-an-object'
  | 'not-json'
  | 'not-utf8'
  | 'truncated-file'
  | 'wrong-type';

/** Where in the input the fault is; what applies is set. */
export interface DataErrorPlace {
  readonly file?: string;
  /** Of a file of lines, counted from 1. */
  readonly line?: number;
  /** Of a table, counted from 1. */
  readonly row?: number;
  readonly field?: string;
  /** The record's id. */
  readonly record?: string;
}

const MARK = Symbol.for('@ais/data/DataError');

/**
 * An error of @ais/data; `code` tells which, the message names the thing and the remedy, and `place` holds
 * file, line or row, field and record for a program to read.
 *
 * `instanceof` works across duplicate installs of the package.
 */
export class DataError extends Error {
  override readonly name: string = 'DataError';
  readonly code: DataErrorCode;
  readonly place: DataErrorPlace;
  /** What is wrong, where a row or its file is at fault. */
  readonly fault?: RecordFault;

  constructor(
    code: DataErrorCode,
    message: string,
    options: ErrorOptions & { place?: DataErrorPlace; fault?: RecordFault } = {},
  ) {
    super(`@ais/data: ${message}`, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.place = options.place ?? {};
    if (options.fault !== undefined) this.fault = options.fault;
    Object.defineProperty(this, MARK, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && MARK in value;
  }
}
