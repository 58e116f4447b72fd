import { AisError, type ErrorExit } from '@ais/runtime/errors';

/** Everything that can go wrong in @ais/data, by code. */
export type DataErrorCode =
  | 'chat-template-failed'
  | 'corpus-absent'
  | 'corpus-unreadable'
  | 'damaged-file'
  | 'empty-post'
  | 'file-unreadable'
  | 'folder-occupied'
  | 'hub-failed'
  | 'invalid-chat-template'
  | 'invalid-option'
  | 'invalid-prepared-data'
  | 'invalid-record'
  | 'invalid-score'
  | 'invalid-template'
  | 'invalid-token'
  | 'invalid-tokenizer'
  | 'missing-field'
  | 'no-chat-template'
  | 'no-facts'
  | 'no-records'
  | 'prompt-too-long'
  | 'thread-ended'
  | 'tokenizer-not-found'
  | 'trainer-absent'
  | 'training-failed'
  | 'truncated-file'
  | 'unknown-columns'
  | 'unknown-source'
  | 'unpaired-preferences'
  | 'unsupported-format'
  | 'unsupported-tokenizer';

/** What can be wrong with a row, or with the file that holds it. */
export type RecordFault =
  | 'damaged-file'
  | 'duplicate-id'
  | 'empty-field'
  | 'empty-line'
  | 'invalid-conversation'
  | 'line-too-long'
  | 'lone-surrogate'
  | 'missing-field'
  | 'not-a-number'
  | 'not-a-prefix'
  | 'not-an-object'
  | 'not-csv'
  | 'not-json'
  | 'not-utf8'
  | 'template-failed'
  | 'template-refused'
  | 'truncated-file'
  | 'unsafe-number'
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

/**
 * An error of @ais/data; `code` tells which, the message names the thing and the remedy, and `place` holds
 * file, line or row, field and record for a program to read.
 *
 * `instanceof` works across duplicate installs of the package.
 */
export class DataError extends AisError<DataErrorCode> {
  static override readonly package: string = '@ais/data';
  static override readonly exits: Readonly<Record<string, ErrorExit>> = {
    'invalid-chat-template': 'usage',
    'invalid-option': 'usage',
    'invalid-template': 'usage',
    'no-chat-template': 'usage',
    'unknown-source': 'usage',
    'unpaired-preferences': 'usage',
  } satisfies Partial<Record<DataErrorCode, ErrorExit>>;
  override readonly name: string = 'DataError';
  readonly place: DataErrorPlace;
  /** What is wrong, where a row or its file is at fault. */
  readonly fault?: RecordFault;

  constructor(
    code: DataErrorCode,
    message: string,
    options: ErrorOptions & { place?: DataErrorPlace; fault?: RecordFault } = {},
  ) {
    super(code, message, options.cause === undefined ? {} : { cause: options.cause });
    this.place = options.place ?? {};
    if (options.fault !== undefined) this.fault = options.fault;
  }
}

/** A source was named that does not exist; the message says what was looked for. */
export class UnknownSourceError extends DataError {
  static override readonly codes: readonly string[] = ['unknown-source'];
  override readonly name = 'UnknownSourceError';

  constructor(message: string, options: ErrorOptions = {}) {
    super('unknown-source', message, options);
  }
}
