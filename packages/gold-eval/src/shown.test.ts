import { expect, test } from 'vitest';
import { shown } from './shown.js';

test.each([
  ['1', '"1"'],
  ['x'.repeat(81), `"${'x'.repeat(80)}" and more`],
  [[1], 'an array'],
  [{}, 'an object'],
  [() => 1, 'a function'],
  [null, 'null'],
  [Number.NaN, 'NaN'],
])('shows %j as %s', (value, text) => {
  expect(shown(value)).toBe(text);
});
