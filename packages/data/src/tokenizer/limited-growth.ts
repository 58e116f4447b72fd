import { TooMuchWork } from './timed-pattern.js';

/** No normal form makes more of a character (U+FDFA becomes 18), and steps that add a few characters have room. */
const TIMES = 32;
const FIRST = 65_536;

/** The most characters that steps may make of a text of a given length. */
export function mostCharacters(characters: number): number {
  return FIRST + TIMES * characters;
}

/**
 * Refuses what has become longer than steps may make it: a chain of replacements can double a text again and again.
 *
 * @throws {TooMuchWork}
 */
export function requireLength(characters: number, most: number): void {
  if (characters <= most) return;
  throw new TooMuchWork(
    `steps that make more than ${most} characters of a text`,
    'Use another tokenizer, or leave the replacements out that make texts longer.',
  );
}

/** What a replacement puts in each match's place, as long as there is room for it. */
export function limitedReplacer(content: string, most: number): () => string {
  let added = 0;
  return () => {
    added += content.length;
    requireLength(added, most);
    return content;
  };
}
