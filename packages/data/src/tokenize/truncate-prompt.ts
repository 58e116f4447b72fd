import { DataError } from '../errors.js';
import type { SummarizationRecord } from '../records/record.js';
import { formatPrompt, PROMPT_TAIL, type PromptFields, promptHead } from '../templates/template.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { nextWordBoundary } from '../tokenizer/word-boundary.js';

export interface TruncatePromptOptions {
  /** The prompt's tokens at most; 512 by default. */
  maxTokens?: number;
}

/** A prompt that fits. */
export interface TruncatedPrompt {
  text: string;
  tokens: number[];
  /** Whether the post was cut. */
  truncated: boolean;
}

/**
 * Formats and tokenizes a record's prompt, cutting its post by paragraph until it fits.
 *
 * While the prompt has more than `maxTokens` tokens: cut the post at its last line break, dropping the rest; if it
 * has none, drop its last character (code point). The result is that of tokenizing anew after each cut; the work is
 * linear in the post wherever the tokenizer `splitsBeforeSpace`, since the tokens up to a visible character
 * followed by a space are the same whatever comes after.
 *
 * @param record subreddit, title and post; its id is named in errors
 * @param tokenizer the model's tokenizer
 * @param options the limit
 * @returns the prompt's text and its tokens, at most `maxTokens` of them
 * @throws {DataError} `empty-post` where the post is empty, or nothing of it is left when the prompt fits
 * @example
 * const { tokens, truncated } = truncatePrompt(record, tokenizer, { maxTokens: 512 });
 * @see Huang et al. 2024, "The N+ Implementation Details of RLHF with PPO", detail 2
 */
export function truncatePrompt(
  record: PromptFields & Partial<Pick<SummarizationRecord, 'id'>>,
  tokenizer: Tokenizer,
  { maxTokens = 512 }: TruncatePromptOptions = {},
): TruncatedPrompt {
  if (!(maxTokens >= 1)) {
    throw new DataError('invalid-option', `truncatePrompt: maxTokens is a number from 1, not ${maxTokens}.`);
  }
  if (record.post === '') throw emptyPost(record, 'has an empty post');
  if (record.post.length <= PROBABLY_FITS * maxTokens) {
    const text = formatPrompt(record);
    const tokens = tokenizer.encode(text);
    if (tokens.length <= maxTokens) return { text, tokens, truncated: false };
  }
  const fits = fitsAt(record, tokenizer);
  let end = 0;
  for (end of ends(record.post)) if (end > 0 && fits(end, maxTokens)) break;
  if (end === 0) {
    throw emptyPost(record, `has no post left when its prompt is cut to ${maxTokens} tokens`);
  }
  const text = formatPrompt({ ...record, post: record.post.slice(0, end) });
  return { text, tokens: tokenizer.encode(text), truncated: end < record.post.length };
}

/** UTF-16 units a token: most posts up to this length fit, and are tokenized once, in one piece. */
const PROBABLY_FITS = 6;

/** Where the post ends after 0, 1, … cuts by the rule; 0 comes last. */
function* ends(post: string): Generator<number> {
  let end = post.length;
  yield end;
  for (
    let found = post.lastIndexOf('\n');
    found >= 0;
    found = end > 0 ? post.lastIndexOf('\n', end - 1) : -1
  ) {
    end = found;
    yield end;
  }
  while (end > 0) {
    const isPair = end >= 2 && /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(post.slice(end - 2, end));
    end -= isPair ? 2 : 1;
    yield end;
  }
}

/** Whether the prompt with the post's first `end` UTF-16 units has at most `limit` tokens. */
type FitsAt = (end: number, limit: number) => boolean;

function fitsAt(record: PromptFields, tokenizer: Tokenizer): FitsAt {
  const head = promptHead(record);
  const text = head + record.post;
  const tokensOf = (from: number, to: number): number =>
    tokenizer.encode(text.slice(from, to) + PROMPT_TAIL).length;
  if (!tokenizer.splitsBeforeSpace) return (end, limit) => tokensOf(0, head.length + end) <= limit;

  const words = new Words(text, tokenizer);
  const bounds = new Map<number, ArrayLike<number> | undefined>();
  return (end, limit) => {
    const { start, tokens } = words.before(head.length + end, limit);
    if (tokens > limit) return false;
    const rest = head.length + end - start;
    if (rest > LONG_WORD) {
      if (!bounds.has(start)) {
        bounds.set(start, tokenizer.fewestTokens?.(text.slice(start, head.length + end), limit - tokens));
      }
      const known = bounds.get(start);
      if (known !== undefined && tokens + (known[rest] ?? Number.POSITIVE_INFINITY) > limit) return false;
    }
    return tokens + tokensOf(start, head.length + end) <= limit;
  };
}

/** UTF-16 units of a word from which on a bound is looked for before tokenizing it once more. */
const LONG_WORD = 100;

/** The tokens of a text's words, counted from the left as far as anyone asked. */
class Words {
  readonly #text: string;
  readonly #tokenizer: Tokenizer;
  /** Where each word starts, and how many tokens stand before it. */
  readonly #starts: number[] = [0];
  readonly #tokens: number[] = [0];
  /** Where the last of them ends. */
  #next: number;

  constructor(text: string, tokenizer: Tokenizer) {
    this.#text = text;
    this.#tokenizer = tokenizer;
    this.#next = nextWordBoundary(text, 1);
  }

  /**
   * The last word that starts at or before `end` and the tokens before it; an earlier word where already those
   * exceed `limit`, since tokens of words add up.
   */
  before(end: number, limit: number): { start: number; tokens: number } {
    for (;;) {
      const start = this.#starts.at(-1) ?? 0;
      const tokens = this.#tokens.at(-1) ?? 0;
      const next = this.#next;
      if (next > end || next === this.#text.length || tokens > limit) break;
      this.#starts.push(next);
      this.#next = nextWordBoundary(this.#text, next + 1);
      this.#tokens.push(tokens + this.#tokenizer.encode(this.#text.slice(start, next)).length);
    }
    const index = lastAtMost(this.#starts, end);
    return { start: this.#starts[index] ?? 0, tokens: this.#tokens[index] ?? 0 };
  }
}

/** The index of the last value ≤ bound in ascending values, of which the first is. */
function lastAtMost(values: readonly number[], bound: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((values[middle] ?? 0) <= bound) low = middle;
    else high = middle - 1;
  }
  return low;
}

function emptyPost(record: Partial<Pick<SummarizationRecord, 'id'>>, what: string): DataError {
  const id = record.id ?? '(without an id)';
  return new DataError('empty-post', `Record ${id} ${what}. Drop the record, or raise the limit.`, {
    place: { field: 'post', ...(record.id === undefined ? {} : { record: record.id }) },
  });
}
