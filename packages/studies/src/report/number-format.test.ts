import { expect, test } from 'vitest';
import { decimal, duration, percent, percentagePoints, pValue, wholeNumbersText } from './number-format.js';

test('decimals carry a true minus sign, and never a negative zero', () => {
  expect([decimal(1.005, 1), decimal(-2.5, 1), decimal(-0.001), decimal(Number.NaN)]).toEqual([
    '1.0',
    '−2.5',
    '0.00',
    '–',
  ]);
});

test('percentages', () => {
  expect(percent(0.5825)).toBe('58.3\u00a0%');
  expect(percent(1, 0)).toBe('100\u00a0%');
  expect(percent(Number.NaN)).toBe('–');
});

test('differences are signed, zero is not', () => {
  expect([percentagePoints(0.072), percentagePoints(-0.021), percentagePoints(0.0001)]).toEqual([
    '+7.2',
    '−2.1',
    '0.0',
  ]);
});

test.each([
  [0.41, '0.4 s'],
  [9.96, '10.0 s'],
  [42.3, '42 s'],
  [59.7, '1 min 0 s'],
  [200, '3 min 20 s'],
  [3599.6, '1 h 0 min'],
  [7290, '2 h 2 min'],
])('%s seconds read %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test.each([
  [[], ''],
  [[4], '4'],
  [[1, 2], '1, 2'],
  [[1, 2, 3], '1 to 3'],
  [[101, 103, 104, 105, 7, 8], '101, 103 to 105, 7, 8'],
])('whole numbers %j read %j', (numbers, text) => {
  expect(wholeNumbersText(numbers)).toBe(text);
});

test('a p-value is never 0', () => {
  expect([pValue(0), pValue(0.0123), pValue(0.42), pValue(1)]).toEqual([
    'p < 0.001',
    'p = 0.012',
    'p = 0.42',
    'p = 1.00',
  ]);
});
