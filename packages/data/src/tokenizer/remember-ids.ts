import { RecentMap } from './recent-map.js';

/** How many texts are remembered: the last this many, or up to twice as many; and their greatest length, in UTF-16 units. */
const REMEMBERED_TEXTS = 65_536;
const REMEMBERED_LENGTH = 48;

/** An encoder of words or other pieces of text that remembers: most pieces of prose were there before. */
export function rememberIds(
  encode: (text: string) => readonly number[],
): (text: string) => readonly number[] {
  const remembered = new RecentMap<readonly number[]>(REMEMBERED_TEXTS);
  return (text) => {
    if (text.length > REMEMBERED_LENGTH) return encode(text);
    let ids = remembered.get(text);
    if (ids === undefined) {
      ids = encode(text);
      remembered.set(text, ids);
    }
    return ids;
  };
}
