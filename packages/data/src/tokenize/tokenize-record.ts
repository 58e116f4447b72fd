import { DataError } from '../errors.js';
import type { TextRecord } from '../records/record.js';
import { shown } from '../records/require-option.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { encodeContinuation } from './continuation.js';
import { fitPrompt } from './truncate-prompt.js';
import { withoutEndText } from './without-end-text.js';

/** A prompt and the response to learn; the response ends with the end-of-text token. */
export interface TokenizedExample {
  id: string;
  prompt: number[];
  response: number[];
}

/** Options of `tokenizeRecord`. */
export interface TokenizeRecordOptions {
  /** Longer prompts are cut as `fitPrompt` does; 512 by default. */
  maxPromptTokens?: number;
  /** Longer responses are cut, end-of-text included in the count; no limit by default. */
  maxResponseTokens?: number;
}

/** A tokenized record, and what had to be done to it. */
export interface TokenizedRecord extends TokenizedExample {
  /** The prompt was cut. */
  truncated: boolean;
  /** The response was cut; its last token is end-of-text all the same. */
  responseTruncated: boolean;
  /** Prompt and response, tokenized as one text, give other tokens than tokens(prompt) ++ tokens(response). */
  boundaryMerged: boolean;
}

/**
 * Tokenizes a record for training: always tokens(prompt) ++ tokens(response) ++ end-of-text, which is what a policy
 * meets when it continues the prompt. No space is put between them: the record's template has decided about that. Nor is one
 * put before the response by a tokenizer that puts it before a text (`encodeContinuation`).
 *
 * Gotcha: a response that is cut ends in end-of-text although its author continued: set the limit where it is rare.
 *
 * @param record prompt and response as a template rendered them
 * @param tokenizer the model's tokenizer
 * @param options limits, in tokens
 * @returns prompt and response tokens with flags; the prompt is not padded
 * @throws {DataError} `prompt-too-long` and `empty-post` as `fitPrompt`, naming the record
 * @example
 * const { prompt, response } = tokenizeRecord(record, tokenizer, { maxPromptTokens: 512 });
 */
export function tokenizeRecord(
  record: TextRecord,
  tokenizer: Tokenizer,
  options: TokenizeRecordOptions = {},
): TokenizedRecord {
  const { maxPromptTokens, maxResponseTokens } = tokenLimits(options);
  const prompt = fitPrompt(record, tokenizer, { maxTokens: maxPromptTokens });
  const text = withoutEndText(record.response, tokenizer);
  const { tokens, boundaryMerged } = encodeContinuation(prompt, text, tokenizer);
  const responseTruncated = tokens.length + 1 > maxResponseTokens;
  const response = responseTruncated ? tokens.slice(0, maxResponseTokens - 1) : [...tokens];
  response.push(tokenizer.endOfTextToken);
  return {
    id: record.id,
    prompt: prompt.tokens,
    response,
    truncated: prompt.truncated,
    responseTruncated,
    boundaryMerged,
  };
}

/**
 * The limits, with their defaults.
 *
 * @throws {DataError} `invalid-option` if there would be no room for end-of-text
 */
export function tokenLimits({
  maxPromptTokens = 512,
  maxResponseTokens = Number.POSITIVE_INFINITY,
}: TokenizeRecordOptions): Required<TokenizeRecordOptions> {
  for (const [name, limit] of Object.entries({ maxPromptTokens, maxResponseTokens })) {
    if (typeof limit === 'number' && limit >= 1) continue;
    throw new DataError('invalid-option', `${name} must be a number ≥ 1, got ${shown(limit)}.`);
  }
  return { maxPromptTokens, maxResponseTokens };
}
