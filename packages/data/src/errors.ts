/** Everything that can go wrong in @ais/data, by code. */
export type DataErrorCode =
  | 'corpus-absent'
  | 'corpus-unreadable'
  | 'empty-post'
  | 'file-unreadable'
  | 'file-unwritable'
  | 'invalid-option'
  | 'invalid-record'
  | 'invalid-score'
  | 'invalid-tokenizer'
  | 'needs-node'
  | 'no-facts'
  | 'tokenizer-not-found'
  | 'trainer-absent'
  | 'training-failed';

/** Where in the input the fault is; what applies is set. */
export interface DataErrorPlace {
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
  readonly field?: string;
  /** The record's id. */
  readonly record?: string;
}

const MARK = Symbol.for('@ais/data/DataError');

/**
 * An error of @ais/data; `code` tells which, the message names the thing and the remedy, and `place` holds
 * file, line, field and record for a program to read.
 *
 * `instanceof` works across duplicate installs of the package.
 */
export class DataError extends Error {
  override readonly name: string = 'DataError';
  readonly code: DataErrorCode;
  readonly place: DataErrorPlace;

  constructor(code: DataErrorCode, message: string, options: ErrorOptions & { place?: DataErrorPlace } = {}) {
    super(`@ais/data: ${message}`, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.place = options.place ?? {};
    Object.defineProperty(this, MARK, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && MARK in value;
  }
}
