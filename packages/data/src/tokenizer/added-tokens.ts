import { SPACE_CLASS } from './character-class.js';
import type { AddedTokenJson } from './tokenizer-json.js';
import { UnsupportedFeature } from './unsupported-feature.js';

/** Appends the ids of a part of a text; `isStart` says whether the original text starts with it. */
export type EncodePart = (text: string, isStart: boolean, into: number[]) => void;

const SPACES_BEHIND = new RegExp(`[${SPACE_CLASS}]*`, 'uy');
const SPACE = new RegExp(`[${SPACE_CLASS}]`, 'u');

/**
 * Takes added tokens out of a text, the leftmost first and the longest there; `rest` gets what is between.
 *
 * A token may take the white space before it (`lstrip`) and behind it (`rstrip`) along.
 *
 * @param addedTokens which
 * @param normalize what the text went through, and so must the tokens
 * @param rest encodes what is between
 * @throws {UnsupportedFeature} for tokens that only match whole words
 */
export function cutOutAddedTokens(
  addedTokens: readonly AddedTokenJson[],
  normalize: (content: string) => string,
  rest: EncodePart,
): EncodePart {
  const tokens = new Map(addedTokens.map((token) => [normalize(token.content), token]));
  tokens.delete('');
  if (tokens.size === 0) return rest;
  if (addedTokens.some((token) => token.single_word)) {
    throw new UnsupportedFeature('an added token with single_word');
  }
  if (tokens.size < addedTokens.length)
    throw new UnsupportedFeature('added tokens with the same normal form');
  const longestFirst = [...tokens.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(escapeForPattern).join('|'), 'gu');
  return (text, isStart, into) => {
    let end = 0;
    for (const { 0: content, index } of text.matchAll(pattern)) {
      const token = tokens.get(content);
      if (token === undefined) continue;
      const start = token.lstrip ? Math.max(end, spacesStart(text, index)) : index;
      if (start > end) rest(text.slice(end, start), isStart && end === 0, into);
      into.push(token.id);
      end = index + content.length;
      if (token.rstrip) end = spacesEnd(text, end);
    }
    if (end < text.length) rest(end === 0 ? text : text.slice(end), isStart && end === 0, into);
  };
}

const escapeForPattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** Where the white space starts that ends at `end`. */
function spacesStart(text: string, end: number): number {
  let start = end;
  while (start > 0 && SPACE.test(text.charAt(start - 1))) start--;
  return start;
}

function spacesEnd(text: string, start: number): number {
  SPACES_BEHIND.lastIndex = start;
  return start + (SPACES_BEHIND.exec(text)?.[0].length ?? 0);
}
