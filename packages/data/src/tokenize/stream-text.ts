import { type ContinuationDecoder, continuationText } from './continuation.js';

/** The text of tokens that come one by one. */
export interface TextStream {
  /** Takes a token and gives the text that it completes: '' while a character lacks some of its bytes. */
  push(token: number): string;
  /** What is left at the end: replacement characters for bytes that are no character. */
  end(): string;
}

/**
 * Decodes tokens as they come. A character may be spread over several tokens, so what could still become one is held back:
 * every piece of text is whole, and together they are what `decodeContinuation` gives for all tokens at once.
 *
 * @param tokenizer that made the tokens
 * @param prompt the tokens before them; by default, they are a text of its own
 * @returns the stream, of one text
 * @example
 * const stream = streamText(tokenizer);
 * let text = '';
 * for (const token of tokenizer.encode('soup')) text += stream.push(token);
 * console.log(text + stream.end()); // soup
 */
export function streamText(tokenizer: ContinuationDecoder, prompt: readonly number[] = []): TextStream {
  const decode = continuationText(prompt, tokenizer);
  const tokens: number[] = [];
  let given = 0;
  const next = (text: string): string => {
    const piece = text.slice(given);
    given = Math.max(given, text.length);
    return piece;
  };
  return {
    push(token) {
      tokens.push(token);
      // The whole text again: what a token says depends on those before it.
      return next(decode(tokens).replace(/\uFFFD+$/, ''));
    },
    end: () => next(decode(tokens)),
  };
}
