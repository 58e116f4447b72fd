import { END_OF_TEXT, type Tokenizer } from '../tokenizer/tokenizer.js';

/**
 * A response's text without the end-of-text tokens that it ends in, so that the one that tokenizing adds is the only one.
 *
 * Data sets made for GPT-2's tokenizer write `<|endoftext|>`, so that is taken for the end with any tokenizer.
 *
 * @param response its text; white space behind an end-of-text token goes with it, other white space stays
 * @param tokenizer whose end-of-text token is meant
 * @returns the text before end-of-text: ' Made soup.' for ' Made soup.<|endoftext|>'
 */
export function withoutEndText(response: string, { endOfText }: Pick<Tokenizer, 'endOfText'>): string {
  let text = response;
  for (;;) {
    const trimmed = text.trimEnd();
    const end = [endOfText, END_OF_TEXT].find((token) => trimmed.endsWith(token));
    if (end === undefined) return text;
    text = trimmed.slice(0, -end.length);
  }
}
