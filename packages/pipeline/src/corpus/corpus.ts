import { decodeContinuation, type Examples, firstExamples, type TokenizedExample } from '@ais/data';
import { PipelineError } from '../errors.js';
import type { SplitName } from '../settings/command-settings.js';
import { requireCount } from '../settings/require-count.js';
import type { LengthCounts } from './counted-lengths.js';
import type { ModelText } from './model-text.js';

/** A record as every step uses it: its text as the model sees it, and its tokens. */
export interface CorpusExample extends TokenizedExample {
  /** The prompt as the policy sees it: shortened, where it was too long. */
  readonly promptText: string;
  /** The prompt before it was shortened, where it was: the oracle of synthetic text knows its facts by it. */
  readonly wholePrompt?: string;
  readonly responseText: string;
  readonly family?: string;
}

/** What was done to the text, for reports. */
export interface CorpusSummary extends LengthCounts {
  readonly records: number;
  readonly splits: Readonly<Partial<Record<SplitName, number>>>;
  readonly template: string;
  readonly meanPromptTokens: number;
  readonly meanResponseTokens: number;
  /** SHA-256 of what all splits hold, in hexadecimal. */
  readonly fingerprint: string;
}

/** Whose tokenizer turns the text into tokens: a model's, or one that is learned from the supervised split. */
export type CorpusTokenizer = { readonly model: ModelText } | { readonly vocabularySize: number };

/** Tokenized text, split by what it is for. */
export interface Corpus extends ModelText {
  readonly source: string;
  /** Those of a prepared folder are left in its files, and are read when they are asked for. */
  readonly splits: Readonly<Record<SplitName, Examples<CorpusExample>>>;
  readonly summary: CorpusSummary;
}

/**
 * The examples of a split.
 *
 * @param count the most examples; all by default
 * @throws {PipelineError} `too-little-text` if there are none; `invalid-setting` for a count that is not an integer, or below 0
 * @example
 * const [first] = examplesOf(corpus, 'evaluation', 1);
 * console.log(first?.promptText.startsWith('SUBREDDIT: r/')); // true
 */
export function examplesOf(
  { splits, source }: Corpus,
  split: SplitName,
  count: number = Infinity,
): CorpusExample[] {
  return [...storedExamplesOf({ splits, source }, split, count)];
}

/** The same examples where they are: those of a prepared folder in its files, whatever their number. */
export function storedExamplesOf(
  { splits, source }: Pick<Corpus, 'splits' | 'source'>,
  split: SplitName,
  count: number = Infinity,
): Examples<CorpusExample> {
  if (count !== Infinity) requireCount('count', count, 0);
  const found = splits[split];
  if (found.length > 0) return count < found.length ? firstExamples(found, count) : found;
  throw new PipelineError('too-little-text', `${source} has no records for the ${split} split.`);
}

/**
 * Tokens of a response as text, without the end-of-text token.
 *
 * @returns what takes the response and the prompt before it; without the prompt, a tokenizer that puts a space before each text
 *   (Llama 2) drops the response's own at its start
 * @example
 * const decode = responseText({ tokenizer: { decode: (tokens) => tokens.join(' '), endOfTextToken: 0 } });
 * console.log(decode([5, 7, 0])); // 5 7
 */
export function responseText({
  tokenizer,
}: ModelText): (tokens: readonly number[], prompt?: readonly number[]) => string {
  return (tokens, prompt = []) =>
    decodeContinuation(
      prompt,
      tokens.filter((token) => token !== tokenizer.endOfTextToken),
      tokenizer,
    );
}

/**
 * Tokens of a prompt as text that says all that the policy reads: special tokens are written out, since those of a chat template say
 * who speaks.
 */
export function promptText({
  tokenizer,
}: Pick<ModelText, 'tokenizer'>): (tokens: readonly number[]) => string {
  return (tokens) => {
    let text = '';
    let start = 0;
    const upTo = (end: number): string =>
      decodeContinuation(tokens.slice(0, start), tokens.slice(start, end), tokenizer);
    tokens.forEach((token, place) => {
      const written = tokenizer.specialTokens?.get(token);
      if (written === undefined) return;
      text += upTo(place) + written;
      start = place + 1;
    });
    return text + upTo(tokens.length);
  };
}
