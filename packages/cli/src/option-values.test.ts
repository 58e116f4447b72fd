import { expect, test } from 'vitest';
import { rate } from './option-values.js';

test('a rate is a number and a time', () => {
  expect(['2/s', '10/min', '100/h'].map(rate)).toEqual([
    { count: 2, milliseconds: 1_000 },
    { count: 10, milliseconds: 60_000 },
    { count: 100, milliseconds: 3_600_000 },
  ]);
  for (const text of ['10', '0/min', '1.5/s', '10/day', '-1/s', ' 1/s']) {
    expect(() => rate(text)).toThrow(
      `Expected a number and a time, such as 2/s, 10/min, or 100/h, got "${text}".`,
    );
  }
});
