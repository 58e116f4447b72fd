import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { lastWordBoundary, nextWordBoundary } from '../tokenizer/word-boundary.js';

/** A text, and its tokens. */
export interface TokenizedText {
  readonly text: string;
  readonly tokens: readonly number[];
}

/** The tokens of a text that continues another. */
export interface Continuation {
  readonly tokens: number[];
  /** Both, tokenized as one text, give other tokens than tokens(prompt) ++ tokens(continuation). */
  readonly boundaryMerged: boolean;
}

/**
 * Tokenizes a text that continues a prompt: apart from it, except with a tokenizer that puts a space before each text
 * (`prepends`: Llama 2, Mistral 7B, byte-level ones with `add_prefix_space`). There the continuation would begin with a token that a policy never meets in its
 * place; so both are tokenized as one text and the prompt's tokens are taken off, where the one text begins with them.
 *
 * @param prompt the text before it, with its tokens; where the text is empty, the continuation is a text of its own
 * @param text the continuation
 * @param tokenizer what made the prompt's tokens
 * @returns its tokens, without end-of-text
 * @throws what `encode` throws
 * @example
 * const prompt = { text: 'TL;DR:', tokens: tokenizer.encode('TL;DR:') };
 * console.log(encodeContinuation(prompt, ' soup', tokenizer).boundaryMerged); // false
 */
export function encodeContinuation(prompt: TokenizedText, text: string, tokenizer: Tokenizer): Continuation {
  if (prompt.text !== '' && tokenizer.prepends !== undefined) {
    const joint = tokenizer.encode(prompt.text + text);
    // Unknown characters on both sides of the boundary are one token, and would leave nothing of the continuation.
    const isLost = text !== '' && joint.length === prompt.tokens.length;
    if (!isLost && prompt.tokens.every((token, index) => token === joint[index])) {
      return { tokens: joint.slice(prompt.tokens.length), boundaryMerged: false };
    }
    return { tokens: tokenizer.encode(text), boundaryMerged: true };
  }
  const tokens = [...tokenizer.encode(text)];
  return { tokens, boundaryMerged: mergesAtBoundary(prompt, { text, tokens }, tokenizer) };
}

/**
 * The text of tokens that continue a prompt. Where the tokenizer `prepends` a space, `decode` alone drops the text's own at its start, or
 * leaves one there that is none of the text.
 *
 * @param prompt the tokens before them; without any, the tokens are a text of its own
 * @param tokens the continuation
 * @param tokenizer what made them
 * @returns its text, without special tokens
 * @throws {DataError} `invalid-token` if one is not a token of this vocabulary
 * @example
 * console.log(decodeContinuation(tokenizer.encode('TL;DR:'), tokenizer.encode(' soup'), tokenizer).trim()); // soup
 */
export function decodeContinuation(
  prompt: readonly number[],
  tokens: readonly number[],
  tokenizer: ContinuationDecoder,
): string {
  return continuationText(prompt, tokenizer)(tokens);
}

/** What decodes continuations. */
export type ContinuationDecoder = Pick<
  Tokenizer,
  'decode' | 'prepends' | 'decodesPrepended' | 'specialTokens'
>;

/** {@link decodeContinuation} of several continuations of one prompt, such as the beginnings of one. */
export function continuationText(
  prompt: readonly number[],
  tokenizer: ContinuationDecoder,
): (tokens: readonly number[]) => string {
  const { prepends, decodesPrepended = false, specialTokens } = tokenizer;
  const alone = (tokens: readonly number[]): string => tokenizer.decode(tokens);
  if (prepends === undefined) return alone;
  const last = prompt.at(-1);
  // Behind a special token, too, a space that is put before each part is none of the text.
  if (last === undefined || (prepends === 'each' && specialTokens?.has(last))) {
    return (tokens) => (decodesPrepended ? alone(tokens).replace(/^ /, '') : alone(tokens));
  }
  const before = tokenizer.decode(prompt);
  return (tokens) => {
    const whole = tokenizer.decode([...prompt, ...tokens]);
    return whole.startsWith(before) ? whole.slice(before.length) : alone(tokens);
  };
}

/** Whether prompt and response, tokenized as one text, give other tokens than the two apart. */
function mergesAtBoundary(prompt: TokenizedText, response: TokenizedText, tokenizer: Tokenizer): boolean {
  if (prompt.text === '') return false;
  if (!tokenizer.splitsBeforeSpace) {
    return !isConcatenation(tokenizer.encode(prompt.text + response.text), prompt.tokens, response.tokens);
  }
  if (/\S/u.test(prompt.text.slice(-1)) && /^[ \n]/.test(response.text)) return false;
  // Tokens of words add up, so that only the last word of the prompt and the first one of the response can meet.
  const last = prompt.text.slice(lastWordBoundary(prompt.text));
  const first = response.text.slice(0, nextWordBoundary(response.text, 1));
  return !isConcatenation(tokenizer.encode(last + first), tokenizer.encode(last), tokenizer.encode(first));
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
