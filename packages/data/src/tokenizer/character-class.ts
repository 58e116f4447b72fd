/**
 * The inside of a regular expression's character class, from packed ranges.
 *
 * Ranges are spelled out, never taken from the engine's own `\p{L}` or `\s`: those follow the engine's version of
 * Unicode, and JavaScript's white space holds U+FEFF but not U+0085.
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
      return from === end ? escaped(from) : `${escaped(from)}-${escaped(end)}`;
    })
    .join('');
}

const escaped = (code: number): string => `\\u{${code.toString(16)}}`;
