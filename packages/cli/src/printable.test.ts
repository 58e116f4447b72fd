import { expect, test } from 'vitest';
import { printable } from './printable.js';

test('control characters are written by name, and what belongs to a text stays', () => {
  expect(printable('a\x1b[2J\u009b2J\rb\u202Ec\x00')).toBe(
    'a‹U+001B›[2J‹U+009B›2J‹U+000D›b‹U+202E›c‹U+0000›',
  );
  const text = 'tab\tline\nالسلام 👩‍🚀 é';
  expect(printable(text)).toBe(text);
});
