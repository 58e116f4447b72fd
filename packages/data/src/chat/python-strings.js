// Methods of Python's strings whose namesakes in JavaScript, or in the library, do something else. Plain JavaScript, as
// render-jinja.js is.

/** What Python takes for white space: not U+FEFF, as JavaScript does. */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const isSpace = RegExp.prototype.test.bind(new RegExp(`^[${SPACE}]$`));
const WORDS = new RegExp(`[^${SPACE}]+`, 'g');
const BREAKS = '\\n-\\r\\x1c-\\x1e\\x85\\u2028\\u2029';
const LINE_BREAK = new RegExp(`\\r\\n|[${BREAKS}]`);

/** Length in characters. */
export function lengthOf(text) {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

/**
 * `strip`, `lstrip`, and `rstrip`.
 *
 * @param text what is cut
 * @param characters each of which goes; white space by default
 * @param ends where to cut
 */
export function strip(text, characters, { left = true, right = true } = {}) {
  const cut = characters === undefined ? undefined : new Set(characters);
  const goes = (character) => (cut === undefined ? isSpace(character) : cut.has(character));
  let from = 0;
  let to = text.length;
  while (left && from < to) {
    const character = String.fromCodePoint(text.codePointAt(from));
    if (!goes(character)) break;
    from += character.length;
  }
  while (right && from < to) {
    const last = text[to - 1];
    const character = last >= '\udc00' && last <= '\udfff' ? text.slice(Math.max(from, to - 2), to) : last;
    if (!goes(character)) break;
    to -= character.length;
  }
  return text.slice(from, to);
}

/** `split`: at most `most` times, at a separator or, without one, at white space. */
export function split(text, separator, most = -1) {
  const parts = [];
  const isFull = () => most >= 0 && parts.length >= most;
  if (separator !== undefined) {
    if (separator === '') throw new Error('split by an empty separator');
    const all = text.split(separator);
    return most < 0 || all.length <= most ? all : [...all.slice(0, most), all.slice(most).join(separator)];
  }
  for (const { 0: word, index } of text.matchAll(WORDS)) {
    parts.push(isFull() ? text.slice(index) : word);
    if (parts.length > most && most >= 0) break;
  }
  return parts;
}

const backwards = (text) => [...text].reverse().join('');

/** `rsplit`: as `split`, from the right. */
export const rsplit = (text, separator, most) =>
  split(backwards(text), separator && backwards(separator), most)
    .map(backwards)
    .reverse();

/** `find`: where a part begins, in characters; -1 where it is not. */
export function find(text, part) {
  const at = text.indexOf(part);
  return at < 0 ? -1 : lengthOf(text.slice(0, at));
}

/** `capitalize`: the first letter large, the others small. */
export function capitalize(text) {
  const [first = ''] = text;
  return first.toUpperCase() + text.slice(first.length).toLowerCase();
}

/** The method `title`, which begins a word behind whatever is no letter. */
export const title = (text) => text.replace(/\p{Cased}+/gu, capitalize);

/** The filter `title`, which begins a word behind spaces, hyphens, and what opens brackets. */
export const titleWords = (text) =>
  text
    .split(/([-\s({[<]+)/)
    .map(capitalize)
    .join('');

/** The filter `indent`. */
export function indent(text, margin, { first, blank }) {
  const [start, ...rest] = `${text}\n`.split(LINE_BREAK).slice(0, -1);
  const lines = rest.map((line) => (line === '' && !blank ? line : margin + line));
  return (first ? margin : '') + [start, ...lines].join('\n');
}
