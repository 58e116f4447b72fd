import { DataError } from '../errors.js';
import type { TokenizedPair } from '../preferences/preference-pairs.js';
import type { ComparisonRecord } from '../records/record.js';
import { parsePrompt } from '../templates/parse-prompt.js';
import { formatResponse } from '../templates/template.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { isConcatenation, type TokenizeRecordOptions } from './tokenize-record.js';
import { truncatePrompt } from './truncate-prompt.js';
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
 * Tokenizes a comparison as `tokenizeRecord` does a record: tokens(prompt) ++ tokens(' ' + response) ++ end-of-text.
 *
 * A response whose text already ends in the end-of-text token, as in some data sets, gets one, not two.
 *
 * @param record a prompt and two responses; a TL;DR prompt is cut by paragraph, as `truncatePrompt` does
 * @param tokenizer the model's tokenizer
 * @param options limits, in tokens
 * @returns prompt and response tokens with flags; nothing is padded
 * @throws {DataError} `empty-post` as `truncatePrompt`; `prompt-too-long` for a long prompt that is no TL;DR prompt,
 *   where it is not known what may be cut
 * @example
 * const { prompt, chosen, rejected } = tokenizeComparison(comparison, tokenizer, { maxPromptTokens: 512 });
 */
export function tokenizeComparison(
  record: ComparisonRecord,
  tokenizer: Tokenizer,
  { maxPromptTokens = 512, maxResponseTokens = Number.POSITIVE_INFINITY }: TokenizeRecordOptions = {},
): TokenizedComparison {
  const { id } = record;
  const fields = parsePrompt(record.prompt);
  const {
    text,
    tokens: prompt,
    truncated,
  } = fields === undefined
    ? untruncated(record, tokenizer, maxPromptTokens)
    : truncatePrompt({ ...fields, id }, tokenizer, { maxTokens: maxPromptTokens });
  let responseTruncated = false;
  let boundaryMerged = false;
  const [chosen, rejected] = [record.chosen, record.rejected].map((response) => {
    const continuation = formatResponse(withoutEndText(response, tokenizer));
    const tokens = tokenizer.encode(continuation);
    if (tokenizer.splitsBeforeSpace !== true || !/\S$/u.test(text)) {
      boundaryMerged ||= !isConcatenation(tokenizer.encode(text + continuation), prompt, tokens);
    }
    responseTruncated ||= tokens.length + 1 > maxResponseTokens;
    return [...tokens.slice(0, maxResponseTokens - 1), tokenizer.endOfTextToken];
  }) as [number[], number[]];
  return { id, prompt, chosen, rejected, truncated, responseTruncated, boundaryMerged };
}

function untruncated(
  { id, prompt: text }: ComparisonRecord,
  tokenizer: Tokenizer,
  limit: number,
): { text: string; tokens: number[]; truncated: boolean } {
  const tokens = tokenizer.encode(text);
  if (tokens.length <= limit) return { text, tokens, truncated: false };
  throw new DataError(
    'prompt-too-long',
    `Record ${id} has a prompt of ${tokens.length} tokens, more than ${limit}, and no POST that could be cut. Drop the record, or raise the limit.`,
    { place: { field: 'prompt', record: id } },
  );
}
