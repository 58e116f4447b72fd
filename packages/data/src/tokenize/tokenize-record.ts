import type { SummarizationRecord } from '../records/record.js';
import { formatResponse } from '../templates/template.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { truncatePrompt } from './truncate-prompt.js';
import { withoutEndText } from './without-end-text.js';

/** A prompt and the response to learn; the response ends with the end-of-text token. */
export interface TokenizedExample {
  id: string;
  prompt: number[];
  response: number[];
}

export interface TokenizeRecordOptions {
  /** Longer prompts are cut as `truncatePrompt` does; 512 by default. */
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
 * Tokenizes a record for training: always tokens(prompt) ++ tokens(' ' + summary) ++ end-of-text, which is what
 * a policy meets when it continues the prompt.
 *
 * @param record a record with a post that is not empty
 * @param tokenizer the model's tokenizer
 * @param options limits, in tokens
 * @returns prompt and response tokens with flags; the prompt is not padded
 * @throws {DataError} `empty-post` where there is no post, or none is left after truncation
 * @example
 * const { prompt, response } = tokenizeRecord(record, tokenizer, { maxPromptTokens: 512 });
 * @gotcha A summary that is cut ends in end-of-text although its author went on: set the limit where it is rare.
 */
export function tokenizeRecord(
  record: SummarizationRecord,
  tokenizer: Tokenizer,
  { maxPromptTokens = 512, maxResponseTokens = Number.POSITIVE_INFINITY }: TokenizeRecordOptions = {},
): TokenizedRecord {
  const {
    text,
    tokens: prompt,
    truncated,
  } = truncatePrompt(record, tokenizer, { maxTokens: maxPromptTokens });
  const continuation = formatResponse(withoutEndText(record.summary, tokenizer));
  const tokens = tokenizer.encode(continuation);
  const responseTruncated = tokens.length + 1 > maxResponseTokens;
  const response = responseTruncated ? tokens.slice(0, maxResponseTokens - 1) : [...tokens];
  response.push(tokenizer.endOfTextToken);
  // The prompt ends in a visible character and the response starts with a space.
  const cannotMerge = tokenizer.splitsBeforeSpace === true;
  const boundaryMerged =
    !cannotMerge && !isConcatenation(tokenizer.encode(text + continuation), prompt, tokens);
  return { id: record.id, prompt, response, truncated, responseTruncated, boundaryMerged };
}

export function isConcatenation(
  joint: readonly number[],
  head: readonly number[],
  tail: readonly number[],
): boolean {
  return (
    joint.length === head.length + tail.length &&
    joint.every((token, index) => token === (head[index] ?? tail[index - head.length]))
  );
}
