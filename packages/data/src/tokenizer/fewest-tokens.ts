import { byteAlphabet } from './byte-alphabet.js';

/**
 * Lower bounds of how many tokens a text takes, from the vocabulary alone.
 *
 * The fewest tokens whose texts join to the first i bytes are f(i) = 1 + min f(i − |t|) over the tokens t that end
 * there. Whatever follows a prefix of n bytes, some token ends at one of the bytes n − L + 1 … n, L being the longest
 * token's length, so the whole text takes at least the minimum of f over these: that is the bound of the prefix.
 *
 * @param tokens byte-level tokens, written in GPT-2's stand-ins
 * @param addedTokens tokens written as text
 * @returns for a text and a limit, the bounds of its prefixes of 0, 1, … UTF-16 units; prefixes beyond the array's end
 *   take more than `limit` tokens
 */
export function fewestTokens(
  tokens: Iterable<string>,
  addedTokens: Iterable<string>,
): (text: string, limit: number) => Uint32Array {
  const alphabet = byteAlphabet();
  const utf8 = new TextEncoder();
  const standIns = (text: string): string =>
    Array.from(utf8.encode(text), (byte) => alphabet[byte] ?? '').join('');
  const vocabulary = new Set(tokens);
  for (const token of addedTokens) vocabulary.add(standIns(token));
  let longest = 1;
  for (const token of vocabulary) longest = Math.max(longest, token.length);

  return (text, limit) => {
    const bounds: number[] = [0];
    const fewest: number[] = [0];
    // The stand-ins of the last bytes: no token reaches further back.
    let recent = '';
    for (const character of text) {
      for (const byte of standIns(character)) {
        recent = (recent + byte).slice(-longest);
        let least = Number.POSITIVE_INFINITY;
        for (let length = 1; length <= recent.length; length++) {
          const before = fewest[fewest.length - length] ?? Number.POSITIVE_INFINITY;
          if (before + 1 < least && vocabulary.has(recent.slice(-length))) least = before + 1;
        }
        fewest.push(least);
      }
      const bound = Math.min(...fewest.slice(-longest));
      if (bound > limit) break;
      for (let unit = 0; unit < character.length; unit++) bounds.push(bound);
    }
    return Uint32Array.from(bounds);
  };
}
