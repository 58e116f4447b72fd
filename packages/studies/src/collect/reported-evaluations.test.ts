import { expect, test } from 'vitest';
import { rateAtEqualLength } from './reported-evaluations.js';

const evaluation = (outcomes: readonly number[], lengths: readonly number[]) => ({
  outcomes,
  responses: lengths.map((length) => ({ length, referenceLength: 15 })),
});

test('longer responses that win lose some of it at equal length', () => {
  const found = rateAtEqualLength(evaluation([1, 1, 0, 1, 0, 0, 1, 0], [30, 22, 14, 25, 12, 26, 11, 15]));
  expect(found?.rate).toBeCloseTo(0.4, 2);
  expect(found!.low).toBeLessThan(found!.rate);
});

test('it is the win rate itself where lengths are those of the references', () => {
  const even = Array.from({ length: 8 }, () => 15);
  expect(rateAtEqualLength(evaluation([1, 0, 1, 0, 1, 0, 0, 0], even))?.rate).toBe(0.375);
});

test('there is no such rate where lengths do not vary, or decide every outcome', () => {
  const even = [16, 16, 16, 16, 16, 16, 16, 16];
  expect(rateAtEqualLength(evaluation([1, 0, 1, 0, 1, 0, 1, 0], even))).toBeUndefined();
  const deciding = evaluation([1, 1, 1, 1, 0, 0, 0, 0], [30, 29, 28, 27, 3, 4, 5, 6]);
  expect(rateAtEqualLength(deciding)).toBeUndefined();
});
