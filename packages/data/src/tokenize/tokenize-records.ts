import type { DataError } from '../errors.js';
import type { TextRecord } from '../records/record.js';
import { requireOneOf } from '../records/require-option.js';
import { requireRecord } from '../records/require-record.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import {
  type TokenizedExample,
  type TokenizedRecord,
  type TokenizeRecordOptions,
  tokenizeRecord,
  tokenLimits,
} from './tokenize-record.js';
import { isLongPrompt, type LongPrompts } from './truncate-prompt.js';

/** Options of `tokenizeRecords`. */
export interface TokenizeRecordsOptions extends TokenizeRecordOptions {
  /** What is done with a record whose prompt cannot be made to fit; `error` by default. */
  longPrompts?: LongPrompts;
}

/** What tokenizing did to a data set. */
export interface TokenizationReport {
  /** Records that gave an example. */
  records: number;
  /** Prompts that were cut to `limits.maxPromptTokens`. */
  truncated: number;
  /** Responses that were cut to `limits.maxResponseTokens`. */
  responsesTruncated: number;
  /** Records that were dropped because their prompt cannot be made to fit. */
  longPrompts: number;
  /** What was wrong with the first of those: it names the record, its file and its line. */
  firstLongPrompt?: DataError;
  /** Records whose prompt and response merge when tokenized as one text; they are trained apart all the same. */
  boundaryMerges: number;
  /** One of those, to be looked at. */
  firstBoundaryMerge?: { readonly id: string; readonly response: string };
  /** The settings responsible. */
  limits: Required<TokenizeRecordOptions>;
}

/**
 * Tokenizes records one after the other and counts what had to be done to them.
 *
 * @param records what to tokenize
 * @param tokenizer the model's tokenizer
 * @param options as of `tokenizeRecord`, and what is done with prompts that cannot be made to fit
 * @returns the examples, in order, and the counts
 * @throws {DataError} as `tokenizeRecord`; `invalid-record` for one that lacks what its type promises; `invalid-option`
 * @example
 * const { examples, report } = tokenizeRecords(records, tokenizer, { maxPromptTokens: 512, longPrompts: 'drop' });
 */
export function tokenizeRecords(
  records: Iterable<TextRecord>,
  tokenizer: Tokenizer,
  { longPrompts = 'error', ...options }: TokenizeRecordsOptions = {},
): { examples: TokenizedExample[]; report: TokenizationReport } {
  requireLongPrompts(longPrompts);
  const examples: TokenizedExample[] = [];
  const limits = tokenLimits(options);
  const report: TokenizationReport = {
    records: 0,
    truncated: 0,
    responsesTruncated: 0,
    longPrompts: 0,
    boundaryMerges: 0,
    limits,
  };
  let number = 0;
  for (const record of records) {
    requireRecord(record, 'text', { owner: 'tokenizeRecords', number: ++number });
    let tokenized: TokenizedRecord;
    try {
      tokenized = tokenizeRecord(record, tokenizer, limits);
    } catch (error) {
      if (longPrompts === 'error' || !isLongPrompt(error)) throw error;
      report.longPrompts++;
      report.firstLongPrompt ??= error;
      continue;
    }
    const { id, prompt, response, ...flags } = tokenized;
    examples.push({ id, prompt, response });
    report.records++;
    if (flags.truncated) report.truncated++;
    if (flags.responseTruncated) report.responsesTruncated++;
    if (flags.boundaryMerged) {
      report.boundaryMerges++;
      report.firstBoundaryMerge ??= { id, response: record.response };
    }
  }
  return { examples, report };
}

/** @throws {DataError} `invalid-option` */
export function requireLongPrompts(value: LongPrompts): void {
  requireOneOf('longPrompts', value, ['error', 'drop']);
}
