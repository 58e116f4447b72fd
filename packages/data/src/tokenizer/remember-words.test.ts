import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { rememberWords } from './remember-words.js';
import { nextWordBoundary } from './word-boundary.js';

const unitsOf = (word: string): number[] => Array.from(word, (unit) => unit.charCodeAt(0));

it('gives what encoding word by word gives, of every text', () => {
  const encode = vi.fn((word: string) => [-1, ...unitsOf(word)]);
  const all = rememberWords(encode);
  const unit = fc.constantFrom('a', 'b', ' ', '\n', '\u0085', 'é', '\uD83D', '\uDE00');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 200 }), (text) => {
      const expected: number[] = [];
      for (let start = 0; start < text.length; ) {
        const end = nextWordBoundary(text, start + 1);
        expected.push(...encode(text.slice(start, end)));
        start = end;
      }
      expect(all(text)).toEqual(expected);
      encode.mockClear();
      expect(all(text)).toEqual(expected);
      // Only long words are encoded again.
      expect(encode.mock.calls.every(([word]) => word.length > 48)).toBe(true);
    }),
  );
});

it('keeps telling words apart when there are more than it has places for', () => {
  const all = rememberWords(unitsOf);
  const texts = Array.from({ length: 300_000 }, (_, index) => `w${index}`);
  for (const text of texts) all(text);
  for (const text of texts) if (all(text).join() !== unitsOf(text).join()) expect.fail(text);
});
