import { CATEGORIES, SPACES } from './unicode-tables.js';

/**
 * The inside of a regular expression's character class, from packed ranges.
 *
 * Ranges are spelled out, never taken from the engine's own `\p{L}` or `\s`: those follow the engine's version of
 * Unicode, and JavaScript's white space has U+FEFF but not U+0085.
 *
 * @param packed ranges as in unicode-tables.ts
 */
export function characterClass(packed: string): string {
  let end = 0;
  return packed
    .split(' ')
    .map((range) => {
      const [distance = '', more = '0'] = range.split('.');
      const from = end + Number.parseInt(distance, 36);
      end = from + Number.parseInt(more, 36);
      return from === end ? escapeCode(from) : `${escapeCode(from)}-${escapeCode(end)}`;
    })
    .join('');
}

/** A character by its code point, as a pattern with the flag `u` may have it anywhere. */
export const escapeCode = (code: number): string => `\\u{${code.toString(16)}}`;

/** The inside of the class of white space. */
export const SPACE_CLASS: string = characterClass(SPACES);

/**
 * The inside of the class of a general category, as `L` or `Lu`, as the Rust library's patterns have it.
 *
 * @returns undefined for a category whose characters are not known here
 */
export function categoryClass(name: string): string | undefined {
  const parts = Object.entries(CATEGORIES).filter(([part]) => part === name || part.startsWith(name));
  const isWhole = Object.hasOwn(CATEGORIES, name) || name === 'L' || name === 'N';
  return isWhole ? parts.map(([, packed]) => characterClass(packed)).join('') : undefined;
}
