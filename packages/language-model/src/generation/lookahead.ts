/** Longest and shortest run of last tokens that is looked for. */
const LONGEST = 3;
const SHORTEST = 2;

/**
 * Guesses what comes next: what followed the last tokens where they came before, the latest place first. Summaries and answers
 * repeat much of their prompt, and of themselves.
 *
 * @param most the most tokens to guess
 * @see https://github.com/apoorvumang/prompt-lookup-decoding
 */
export function lookAhead(tokens: readonly number[], most: number): number[] {
  if (most < 1) return [];
  for (let length = LONGEST; length >= SHORTEST; length--) {
    const end = tokens.length - length;
    for (let from = end - 1; from >= 0; from--) {
      let same = 0;
      while (same < length && tokens[from + same] === tokens[end + same]) same++;
      if (same === length) return tokens.slice(from + length, from + length + most);
    }
  }
  return [];
}
