import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { numbers } from '../../test/pair-batch.js';
import { matchByRank } from './ranks.js';

const match = (values: number[], partners: number[]): number[] =>
  numbers(matchByRank(tf.tensor1d(values), tf.tensor1d(partners)));

it('gives each number the partner of its rank', () => {
  expect(match([3, 1, 2], [10, 30, 20])).toEqual([30, 10, 20]);
  expect(match([1], [7])).toEqual([7]);
});

it('keeps the order of equal numbers', () => {
  expect(match([1, 1, 0], [5, 3, 4])).toEqual([4, 5, 3]);
  expect(match([2, 1], [6, 6])).toEqual([6, 6]);
});
