import type { TextRecord } from '../records/record.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import {
  type TokenizedExample,
  type TokenizeRecordOptions,
  tokenizeRecord,
  tokenLimits,
} from './tokenize-record.js';

/** What tokenizing did to a data set. */
export interface TokenizationReport {
  records: number;
  /** Prompts that were cut to `limits.maxPromptTokens`. */
  truncated: number;
  /** Responses that were cut to `limits.maxResponseTokens`. */
  responsesTruncated: number;
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
 * @param options as of `tokenizeRecord`
 * @returns the examples, in order, and the counts
 * @throws {DataError} as `tokenizeRecord`
 * @example
 * const { examples, report } = tokenizeRecords(records, tokenizer, { maxPromptTokens: 512 });
 */
export function tokenizeRecords(
  records: Iterable<TextRecord>,
  tokenizer: Tokenizer,
  options: TokenizeRecordOptions = {},
): { examples: TokenizedExample[]; report: TokenizationReport } {
  const examples: TokenizedExample[] = [];
  const limits = tokenLimits(options);
  const report: TokenizationReport = {
    records: 0,
    truncated: 0,
    responsesTruncated: 0,
    boundaryMerges: 0,
    limits,
  };
  for (const record of records) {
    const { id, prompt, response, ...flags } = tokenizeRecord(record, tokenizer, limits);
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
