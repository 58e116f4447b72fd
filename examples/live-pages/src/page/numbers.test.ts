import { expect, it } from 'vitest';
import { inDigits, percent } from './numbers.js';

it.each([
  [0, '0'],
  [1, '1'],
  [0.07634, '0.0763'],
  [-0.9608, '-0.961'],
  [162.4, '162'],
  [3.06e-4, '3.1·10⁻⁴'],
  [-2.5e12, '-2.5·10¹²'],
  [Number.NaN, '–'],
])('%s is read as %s', (value, text) => {
  expect(inDigits(value)).toBe(text);
});

it('reads shares as percentages', () => {
  expect(percent(0.4961)).toBe('49.6 %');
});
