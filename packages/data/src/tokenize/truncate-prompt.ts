import { DataError } from '../errors.js';
import type { PromptRecord } from '../records/record.js';
import { shown } from '../records/require-option.js';
import { type TldrFields, tldr } from '../templates/tldr.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { nextWordBoundary } from '../tokenizer/word-boundary.js';

/** Options of `truncatePrompt`. */
export interface TruncatePromptOptions {
  /** The prompt's tokens at most; 512 by default. */
  maxTokens?: number;
}

/** What is done with a record whose prompt cannot be made to fit: its error is thrown, or it is dropped and counted. */
export type LongPrompts = 'error' | 'drop';

/**
 * Whether an error says that a prompt cannot be made to fit.
 *
 * @example
 * console.log(isLongPrompt(new DataError('prompt-too-long', 'the prompt has 600 tokens'))); // true
 */
export function isLongPrompt(error: unknown): error is DataError {
  return error instanceof DataError && (error.code === 'prompt-too-long' || error.code === 'empty-post');
}

/** A prompt that fits. */
export interface TruncatedPrompt {
  text: string;
  tokens: number[];
  /** Whether it was cut. */
  truncated: boolean;
}

/**
 * Formats and tokenizes the TL;DR prompt of a post, cutting the post by paragraph until it fits: `fitPrompt` for the
 * template `tldr`.
 *
 * @param post subreddit, title and post; its id is named in errors
 * @param tokenizer the model's tokenizer
 * @param options the limit
 * @returns the prompt's text and its tokens, at most `maxTokens` of them
 * @throws {DataError} `empty-post` where the post is empty, or nothing of it is left when the prompt fits
 * @example
 * const post = { subreddit: 'cooking', title: 'Soup', post: 'I made soup.\n\nIt had too much salt.' };
 * const { tokens, truncated } = truncatePrompt(post, tokenizer, { maxTokens: 512 });
 * @see Huang et al. 2024, "The N+ Implementation Details of RLHF with PPO", detail 2
 */
export function truncatePrompt(
  { subreddit, title, post, id }: TldrFields & { readonly id?: string },
  tokenizer: Tokenizer,
  options: TruncatePromptOptions = {},
): TruncatedPrompt {
  const { text, cut } = tldr.prompt({ subreddit, title, post });
  return fitPrompt(
    { prompt: text, ...(cut === undefined ? {} : { cut }), ...(id === undefined ? {} : { id }) },
    tokenizer,
    options,
  );
}

/**
 * Tokenizes a prompt, cutting it by paragraph until it fits, where a part of it may be cut.
 *
 * While the prompt has more than `maxTokens` tokens: cut that part at its last line break, dropping the rest; if it
 * has none, drop its last character (code point). The result is that of tokenizing again after each cut; the work is
 * linear in the part wherever the tokenizer `splitsBeforeSpace`, since the tokens up to a visible character
 * followed by a space are the same whatever comes after.
 *
 * An empty prompt is the end-of-text token alone: the response follows it, as one text follows another in pretraining.
 *
 * @param record the prompt, and the part of it that may be cut; its id and its place are named in errors
 * @param tokenizer the model's tokenizer
 * @param options the limit
 * @returns the prompt's text and its tokens, at most `maxTokens` of them
 * @throws {DataError} `prompt-too-long` where nothing may be cut; `empty-post` where the part that may be cut is empty, or
 *   nothing of it is left when the prompt fits; `invalid-option` without a tokenizer, and for a limit below 1
 * @example
 * const { text, tokens, truncated } = fitPrompt(record, tokenizer, { maxTokens: 512 });
 */
export function fitPrompt(
  record: Pick<PromptRecord, 'prompt' | 'cut' | 'place'> & { readonly id?: string },
  tokenizer: Tokenizer,
  { maxTokens = 512 }: TruncatePromptOptions = {},
): TruncatedPrompt {
  if (typeof maxTokens !== 'number' || !(maxTokens >= 1)) {
    throw new DataError('invalid-option', `maxTokens must be a number ≥ 1, got ${shown(maxTokens)}.`);
  }
  if (typeof (tokenizer as Partial<Tokenizer> | undefined)?.encode !== 'function') {
    throw new DataError(
      'invalid-option',
      `tokenizer must be a tokenizer, got ${shown(tokenizer)}. Give what loadTokenizer or createTokenizer returns.`,
    );
  }
  const { prompt, cut } = record;
  if (prompt === '') return { text: '', tokens: [tokenizer.endOfTextToken], truncated: false };
  if (cut === undefined) {
    const tokens = tokenizer.encode(prompt);
    if (tokens.length <= maxTokens) return { text: prompt, tokens, truncated: false };
    throw tooLong(
      record,
      'prompt-too-long',
      `has a prompt of ${tokens.length} tokens, more than ${maxTokens}, and its template does not say what may be cut`,
    );
  }
  const parts: Parts = [prompt.slice(0, cut[0]), prompt.slice(...cut), prompt.slice(cut[1])];
  const [head, body, tail] = parts;
  if (body === '')
    throw tooLong(record, 'empty-post', 'has nothing in the part of its prompt that may be cut');
  if (body.length <= PROBABLY_FITS * maxTokens) {
    const tokens = tokenizer.encode(prompt);
    if (tokens.length <= maxTokens) return { text: prompt, tokens, truncated: false };
  }
  const fits = fitsAt(parts, tokenizer);
  let end = 0;
  for (end of ends(body)) if (end > 0 && fits(end, maxTokens)) break;
  if (end === 0) {
    throw tooLong(
      record,
      'empty-post',
      `has nothing left in the part of its prompt that may be cut when it has at most ${maxTokens} tokens`,
    );
  }
  const text = head + body.slice(0, end) + tail;
  return { text, tokens: tokenizer.encode(text), truncated: end < body.length };
}

/** A prompt's text before the part that may be cut, that part, and the text after it. */
type Parts = readonly [head: string, body: string, tail: string];

/** UTF-16 units a token: most texts up to this length fit, and are tokenized once, in one piece. */
const PROBABLY_FITS = 6;

/** Where the part that may be cut ends after 0, 1, … cuts by the rule; 0 comes last. */
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

/** Whether the prompt with the first `end` UTF-16 units of the part that may be cut has at most `limit` tokens. */
type FitsAt = (end: number, limit: number) => boolean;

function fitsAt([head, body, tail]: Parts, tokenizer: Tokenizer): FitsAt {
  const text = head + body;
  const tokensOf = (from: number, to: number): number => tokenizer.encode(text.slice(from, to) + tail).length;
  if (!tokenizer.splitsBeforeSpace) return (end, limit) => tokensOf(0, head.length + end) <= limit;

  const words = new Words(text, tokenizer);
  const bounds = new Map<number, ArrayLike<number> | undefined>();
  return (end, limit) => {
    // A word that would start where the text is cut is not there: what comes after need not start with a space.
    const { start, tokens } = words.before(head.length + end - 1, limit);
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

/** The tokens of a text's words, counted from the left, as far as they were asked for. */
class Words {
  readonly #text: string;
  readonly #tokenizer: Tokenizer;
  /** Where each word starts, and how many tokens precede it. */
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

function tooLong(
  record: Pick<PromptRecord, 'place'> & { readonly id?: string },
  code: 'empty-post' | 'prompt-too-long',
  what: string,
): DataError {
  const { id = '(without an id)', place = {} } = record;
  const { file, line, row } = place;
  const where = [file, line && `line ${line}`, row && `row ${row}`].filter(Boolean).join(', ');
  return new DataError(
    code,
    `Record ${id}${where && ` (${where})`} ${what}. Raise maxPromptTokens, or drop such records (longPrompts: drop).`,
    { place: { ...place, ...(record.id === undefined ? {} : { record: record.id }) } },
  );
}
