import { ownCopy } from '../records/own-copy.js';
import { endsWord } from './word-boundary.js';

/** Places for words, a power of two; and their greatest length, in UTF-16 units. */
const PLACES = 1 << 17;
const REMEMBERED_LENGTH = 48;

/** Places that are looked at for a word, so that words that are made to meet cost no more than others. */
const NEIGHBORS = 8;

/**
 * Encodes a text word by word, for encoders to whom that makes no difference, and remembers words: most of prose were there before.
 *
 * A word is found by a hash that is computed while its end is looked for, and no text is cut out for it: that is several times as fast as
 * a `Map`.
 */
export function rememberWords(encode: (word: string) => readonly number[]): (text: string) => number[] {
  const words: (string | undefined)[] = new Array(PLACES);
  const idsOf: (readonly number[] | undefined)[] = new Array(PLACES);
  const hashes = new Int32Array(PLACES);

  /** The ids of the word from `start` to `end`. */
  const remembered = (text: string, start: number, end: number, hash: number): readonly number[] => {
    const length = end - start;
    const home = (hash ^ (hash >>> 15)) & (PLACES - 1);
    // The first free place, or the word's own, whose word is forgotten.
    let place = home;
    for (let step = 0; step < NEIGHBORS; step++) {
      const at = (home + step) & (PLACES - 1);
      const word = words[at];
      if (word === undefined) {
        place = at;
        break;
      }
      if (hashes[at] === hash && word.length === length && text.startsWith(word, start)) {
        return idsOf[at] ?? [];
      }
    }
    const word = text.slice(start, end);
    const ids = encode(word);
    words[place] = ownCopy(word);
    idsOf[place] = ids;
    hashes[place] = hash;
    return ids;
  };

  return (text) => {
    const into: number[] = [];
    const { length } = text;
    for (let start = 0; start < length; ) {
      let hash = text.charCodeAt(start);
      let end = start + 1;
      while (end < length && !endsWord(text, end)) {
        hash = Math.imul(hash ^ text.charCodeAt(end), 0x01000193);
        end++;
      }
      const ids =
        end - start > REMEMBERED_LENGTH ? encode(text.slice(start, end)) : remembered(text, start, end, hash);
      for (let index = 0; index < ids.length; index++) into.push(ids[index] as number);
      start = end;
    }
    return into;
  };
}
