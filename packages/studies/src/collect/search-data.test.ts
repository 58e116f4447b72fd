import { expect, it } from 'vitest';
import { chosenRate } from './search-data.js';

it('chooses the least rate at which the mean falls by 10 points', () => {
  const fall = (learningRate: number, value: number) => ({
    learningRate,
    seeds: 3,
    fall: value,
    low: 0,
    high: 1,
  });
  expect(chosenRate({ falls: [fall(3e-4, 0.3), fall(1e-4, 0.12), fall(3e-5, 0.09)] })).toBe(1e-4);
  expect(chosenRate({ falls: [fall(3e-5, 0.09)] })).toBeUndefined();
  expect(chosenRate({})).toBeUndefined();
});
