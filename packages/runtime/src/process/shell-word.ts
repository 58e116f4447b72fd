/**
 * A text as one word of a POSIX shell, whatever is in it: as it is where that is safe, in single quotes otherwise.
 *
 * @example
 * console.log(`ais train --resume --out ${shellWord('my runs/a')}`); // ais train --resume --out 'my runs/a'
 */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-][\w./:@%+=,#-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
