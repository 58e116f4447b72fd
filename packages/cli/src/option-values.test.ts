import { expect, test } from 'vitest';
import { positiveNumber, rate, seedNumbers } from './option-values.js';

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

test('a positive number is whole, and at least 1', () => {
  expect(positiveNumber('12')).toBe(12);
  expect(() => positiveNumber('0')).toThrow('Expected at least 1, got 0.');
  expect(() => positiveNumber('1.5')).toThrow('Expected a whole number, got "1.5".');
});

test('seeds are a number, several numbers, or with a dash the seeds themselves', () => {
  expect(seedNumbers('3')).toEqual({ counts: [3] });
  expect(seedNumbers('6,12,24')).toEqual({ counts: [6, 12, 24] });
  expect(seedNumbers('4-6')).toEqual({ only: [4, 5, 6] });
  expect(seedNumbers('5,1-2,2')).toEqual({ only: [1, 2, 5] });
  for (const text of ['6-4', '1-2-3', '1-999999', '-3', '1-', 'all'])
    expect(() => seedNumbers(text)).toThrow(/^Expected (seeds such as 4-6|a whole number), got/);
});
