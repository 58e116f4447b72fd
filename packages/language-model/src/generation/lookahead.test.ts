import { expect, it } from 'vitest';
import { lookAhead } from './lookahead.js';

it('continues as after the longest run of last tokens that came before, the latest first', () => {
  expect(lookAhead([1, 2, 3, 9, 2, 3, 8, 7, 1, 2, 3], 3)).toEqual([9, 2, 3]);
  expect(lookAhead([2, 3, 9, 2, 3, 8, 7, 2, 3], 2)).toEqual([8, 7]);
  expect(lookAhead([5, 5, 5, 5], 4)).toEqual([5]);
});

it('guesses nothing where nothing repeats, or nothing is asked for', () => {
  expect(lookAhead([1, 2, 3, 4, 3], 3)).toEqual([]);
  expect(lookAhead([1], 3)).toEqual([]);
  expect(lookAhead([], 3)).toEqual([]);
  expect(lookAhead([1, 2, 1, 2], 0)).toEqual([]);
});
