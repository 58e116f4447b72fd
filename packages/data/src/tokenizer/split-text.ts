import type { Pattern } from './timed-pattern.js';

/** What becomes of the matches of a splitter's pattern. */
export const SPLIT_BEHAVIORS = [
  'Removed',
  'Isolated',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
] as const;
export type SplitBehavior = (typeof SPLIT_BEHAVIORS)[number];

/**
 * The pieces of a text between and of a pattern's matches.
 *
 * @param text what to split
 * @param pattern with the flag `g`; it never matches the empty text
 * @param behavior whether matches are left out, pieces of their own, or joined to a neighbor
 * @param isInverted takes what is between matches for the matches
 * @returns the pieces in order, none of them empty
 */
export function splitText(
  text: string,
  pattern: Pattern,
  behavior: SplitBehavior,
  isInverted = false,
): string[] {
  const pieces: string[] = [];
  /** A match that waits for its successor. */
  let waiting = '';
  let wasMatch = false;
  const add = (piece: string, isMatch: boolean): void => {
    const joinsPrevious =
      (behavior === 'MergedWithPrevious' && isMatch && !wasMatch) ||
      (behavior === 'Contiguous' && isMatch === wasMatch);
    if (behavior === 'MergedWithNext' && isMatch) {
      if (waiting !== '') pieces.push(waiting);
      waiting = piece;
    } else if (joinsPrevious && pieces.length > 0) pieces.push(pieces.pop() + piece);
    else if (!(behavior === 'Removed' && isMatch)) {
      pieces.push(waiting + piece);
      waiting = '';
    }
    wasMatch = isMatch;
  };
  let end = 0;
  for (const { 0: match, index = 0 } of pattern[Symbol.matchAll](text)) {
    if (index > end) add(text.slice(end, index), isInverted);
    add(match, !isInverted);
    end = index + match.length;
  }
  if (end < text.length) add(text.slice(end), isInverted);
  if (waiting !== '') pieces.push(waiting);
  return pieces;
}
