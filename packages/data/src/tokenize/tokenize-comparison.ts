import type { TokenizedPair } from '../preferences/preference-pairs.js';
import type { ComparisonRecord } from '../records/record.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { encodeContinuation } from './continuation.js';
import { type TokenizeRecordOptions, tokenLimits } from './tokenize-record.js';
import { fitPrompt } from './truncate-prompt.js';
import { withoutEndText } from './without-end-text.js';

/** A tokenized comparison, and what had to be done to it. Responses end with the end-of-text token, unless they were cut off. */
export interface TokenizedComparison extends TokenizedPair {
  /** The prompt was cut. */
  truncated: boolean;
  /** A response was cut; its last token is end-of-text all the same. */
  responseTruncated: boolean;
  /** Prompt and a response, tokenized as one text, give other tokens than tokens(prompt) ++ tokens(response). */
  boundaryMerged: boolean;
}

/**
 * Tokenizes a comparison as `tokenizeRecord` does a record: tokens(prompt) ++ tokens(response) ++ end-of-text.
 *
 * A response whose text already ends in the end-of-text token, as in some data sets, gets one, not two; one that was cut off
 * before it ended (`cutOff`) gets none.
 *
 * @param record a prompt and two responses as a template rendered them
 * @param tokenizer the model's tokenizer
 * @param options limits, in tokens
 * @returns prompt and response tokens with flags; nothing is padded
 * @throws {DataError} `prompt-too-long` and `empty-post` as `fitPrompt`, naming the record
 * @example
 * const { prompt, chosen, rejected } = tokenizeComparison(comparison, tokenizer, { maxPromptTokens: 512 });
 */
export function tokenizeComparison(
  record: ComparisonRecord,
  tokenizer: Tokenizer,
  options: TokenizeRecordOptions = {},
): TokenizedComparison {
  const { maxPromptTokens, maxResponseTokens } = tokenLimits(options);
  const { id, family, numbers } = record;
  const prompt = fitPrompt(record, tokenizer, { maxTokens: maxPromptTokens });
  let responseTruncated = false;
  let boundaryMerged = false;
  const [chosen, rejected] = (['chosen', 'rejected'] as const).map((which) => {
    const text = withoutEndText(record[which], tokenizer);
    const { tokens, boundaryMerged: isMerged } = encodeContinuation(prompt, text, tokenizer);
    boundaryMerged ||= isMerged;
    const end = record.cutOff?.includes(which) ? [] : [tokenizer.endOfTextToken];
    responseTruncated ||= tokens.length + end.length > maxResponseTokens;
    return [...tokens.slice(0, maxResponseTokens - end.length), ...end];
  }) as [number[], number[]];
  const { tokens, truncated } = prompt;
  return {
    id,
    prompt: tokens,
    chosen,
    rejected,
    ...(family === undefined ? {} : { family }),
    ...(numbers === undefined ? {} : { numbers }),
    truncated,
    responseTruncated,
    boundaryMerged,
  };
}
