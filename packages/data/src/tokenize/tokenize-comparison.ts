import type { TokenizedPair } from '../preferences/preference-pairs.js';
import type { ComparisonRecord } from '../records/record.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { mergesAtBoundary, type TokenizeRecordOptions, tokenLimits } from './tokenize-record.js';
import { fitPrompt } from './truncate-prompt.js';
import { withoutEndText } from './without-end-text.js';

/** A tokenized comparison, and what had to be done to it. Both responses end with the end-of-text token. */
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
 * A response whose text already ends in the end-of-text token, as in some data sets, gets one, not two.
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
  const { id, family } = record;
  const prompt = fitPrompt(record, tokenizer, { maxTokens: maxPromptTokens });
  let responseTruncated = false;
  let boundaryMerged = false;
  const [chosen, rejected] = [record.chosen, record.rejected].map((response) => {
    const text = withoutEndText(response, tokenizer);
    const tokens = tokenizer.encode(text);
    boundaryMerged ||= mergesAtBoundary(prompt, { text, tokens }, tokenizer);
    responseTruncated ||= tokens.length + 1 > maxResponseTokens;
    return [...tokens.slice(0, maxResponseTokens - 1), tokenizer.endOfTextToken];
  }) as [number[], number[]];
  const { tokens, truncated } = prompt;
  return {
    id,
    prompt: tokens,
    chosen,
    rejected,
    ...(family === undefined ? {} : { family }),
    truncated,
    responseTruncated,
    boundaryMerged,
  };
}
