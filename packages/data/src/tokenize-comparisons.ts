import { parsePrompt } from './parse-prompt.js';
import type { TokenizedPair } from './preference-pairs.js';
import type { ComparisonRecord } from './record.js';
import { formatResponse } from './template.js';
import type { TokenizeRecordOptions } from './tokenize-record.js';
import type { Tokenizer } from './tokenizer.js';
import { truncatePrompt } from './truncate-prompt.js';

/** What tokenizing did to comparisons. */
export interface ComparisonCounts {
  comparisons: number;
  pairs: number;
  /** Both responses have the same tokens, if need be after they were cut. */
  identical: number;
  /** A response has no text. */
  empty: number;
  /** The prompt is too long and cannot be cut: it is no TL;DR prompt, or its post would be gone. */
  tooLong: number;
  /** Pairs, among those kept, whose prompt was cut. */
  truncated: number;
  /** Pairs, among those kept, with a response that was cut. */
  responsesTruncated: number;
}

/**
 * Pairs from comparisons: tokens(prompt), and for both responses tokens(' ' + response) ++ end-of-text.
 *
 * A TL;DR prompt is cut by paragraph, as `truncatePrompt` does. Comparisons that cannot be trained on are dropped and
 * counted. The name of the end-of-text token at the end of a response's text stands for the token and is taken off.
 *
 * @param comparisons text, in any order
 * @param tokenizer the model's tokenizer
 * @param options limits, in tokens, as of `tokenizeRecord`
 * @returns the pairs, in order, and the counts
 * @example
 * const { pairs } = await tokenizeComparisons(comparisonSource(jsonlRows('pairs.jsonl')).records(), tokenizer);
 * console.log(pairs[0]?.chosen.at(-1) === tokenizer.endOfTextToken); // true
 */
export async function tokenizeComparisons(
  comparisons: Iterable<ComparisonRecord> | AsyncIterable<ComparisonRecord>,
  tokenizer: Tokenizer,
  { maxPromptTokens = 512, maxResponseTokens = Number.POSITIVE_INFINITY }: TokenizeRecordOptions = {},
): Promise<{ pairs: TokenizedPair[]; counts: ComparisonCounts }> {
  const pairs: TokenizedPair[] = [];
  const counts: ComparisonCounts = {
    comparisons: 0,
    pairs: 0,
    identical: 0,
    empty: 0,
    tooLong: 0,
    truncated: 0,
    responsesTruncated: 0,
  };
  const respond = (text: string): { tokens: number[]; isCut: boolean } => {
    const tokens = tokenizer.encode(formatResponse(text));
    const isCut = tokens.length + 1 > maxResponseTokens;
    return {
      tokens: [...(isCut ? tokens.slice(0, maxResponseTokens - 1) : tokens), tokenizer.endOfTextToken],
      isCut,
    };
  };
  for await (const { id, prompt: text, ...responses } of comparisons) {
    counts.comparisons++;
    const [chosenText, rejectedText] = [withoutEnd(responses.chosen), withoutEnd(responses.rejected)];
    if (chosenText.trim() === '' || rejectedText.trim() === '') {
      counts.empty++;
      continue;
    }
    const [chosen, rejected] = [respond(chosenText), respond(rejectedText)];
    if (haveSameTokens(chosen.tokens, rejected.tokens)) {
      counts.identical++;
      continue;
    }
    const prompt = tokenizePrompt(text, tokenizer, maxPromptTokens);
    if (prompt === undefined) {
      counts.tooLong++;
      continue;
    }
    if (prompt.truncated) counts.truncated++;
    if (chosen.isCut || rejected.isCut) counts.responsesTruncated++;
    pairs.push({ id, prompt: prompt.tokens, chosen: chosen.tokens, rejected: rejected.tokens });
  }
  counts.pairs = pairs.length;
  return { pairs, counts };
}

function tokenizePrompt(
  text: string,
  tokenizer: Tokenizer,
  maxTokens: number,
): { tokens: number[]; truncated: boolean } | undefined {
  const tokens = tokenizer.encode(text);
  if (tokens.length <= maxTokens) return { tokens, truncated: false };
  const fields = parsePrompt(text);
  if (fields === undefined || fields.post === '') return undefined;
  try {
    return truncatePrompt(fields, tokenizer, { maxTokens });
  } catch (error) {
    if ((error as { code?: string }).code === 'empty-post') return undefined;
    throw error;
  }
}

const withoutEnd = (response: string): string => response.replace(/<\|endoftext\|>\s*$/, '');

function haveSameTokens(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((token, index) => token === b[index]);
}
