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

it('gives equal numbers the mean of the partners at their ranks, in any order of rows', () => {
  expect(match([1, 1, 0], [5, 3, 4])).toEqual([4.5, 4.5, 3]);
  expect(match([1, 1, 0], [3, 5, 4])).toEqual([4.5, 4.5, 3]);
  expect(match([2, 1], [6, 6])).toEqual([6, 6]);
  expect(match([2, 2, 1, 1], [8, 4, 4, 6])).toEqual([7, 7, 4, 4]);
});

it('gives equal partners equal parts of a gradient, and the values none', () => {
  const weights = tf.tensor1d([1, 2, 4]);
  const gradients = (values: number[], partners: number[]) =>
    tf
      .grads((a: tf.Tensor, b: tf.Tensor) =>
        tf.sum(tf.mul(weights, matchByRank(a as tf.Tensor1D, b as tf.Tensor1D))),
      )([tf.tensor1d(values), tf.tensor1d(partners)])
      .map((gradient) => [...gradient.dataSync()]);
  expect(gradients([3, 1, 2], [10, 30, 20])).toEqual([
    [0, 0, 0],
    [2, 1, 4],
  ]);
  expect(gradients([3, 1, 2], [10, 10, 20])[1]).toEqual([3, 3, 1]);
  expect(gradients([1, 1, 2], [10, 30, 20])[1]).toEqual([1.5, 4, 1.5]);
});

it('keeps what is not finite to the row of its rank', () => {
  expect(match([3, 1, 2], [10, Number.POSITIVE_INFINITY, 20])).toEqual([Number.POSITIVE_INFINITY, 10, 20]);
});
