import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
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

/** Few numbers, so that many are equal, or any. */
const float = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.float({ min: -100, max: 100, noNaN: true }));
const distinct = (seed: number): number[] =>
  Array.from({ length: 37 }, (_, index) => ((index * 7919 * seed) % 37) + seed / 8);

const gradientsOf = (values: tf.Tensor1D, partners: tf.Tensor1D, weights: tf.Tensor1D, mostRows: number) =>
  tf
    .grads((a: tf.Tensor, b: tf.Tensor) =>
      tf.sum(tf.mul(weights, matchByRank(a as tf.Tensor1D, b as tf.Tensor1D, mostRows))),
    )([values, partners])
    .map((gradient) => numbers(gradient as tf.Tensor1D));

it('gives the same where samples are sorted', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(float, float, float), { minLength: 1, maxLength: 40 }), (rows) => {
      tf.tidy(() => {
        const [values, partners, weights] = [0, 1, 2].map((column) =>
          tf.tensor1d(rows.map((row) => row[column] as number)),
        ) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
        const [matrix, sorted] = [64, 0].map((most) => numbers(matchByRank(values, partners, most)));
        const [ofMatrix, ofSorted] = [64, 0].map((most) => gradientsOf(values, partners, weights, most));
        for (const [found, expected] of [
          [sorted, matrix],
          [ofSorted?.[0], ofMatrix?.[0]],
          [ofSorted?.[1], ofMatrix?.[1]],
        ]) {
          found?.forEach(
            (value, index) => void expect(value).toBeCloseTo(expected?.[index] ?? Number.NaN, 3),
          );
        }
      });
    }),
  );
});

it.each(['values', 'partners'])('gives the same digits where two %s are equal', (which) => {
  const columns = { values: distinct(1), partners: distinct(2) };
  columns[which as 'values'][4] = columns[which as 'values'][17]!;
  const [values, partners] = [tf.tensor1d(columns.values), tf.tensor1d(columns.partners)];
  const weights = tf.tensor1d(distinct(3));
  expect(numbers(matchByRank(values, partners, 0))).toEqual(numbers(matchByRank(values, partners)));
  expect(gradientsOf(values, partners, weights, 0)).toEqual(gradientsOf(values, partners, weights, 64));
});

it('keeps what is not finite to the row of its rank where samples are sorted', () => {
  const [values, partners] = [tf.tensor1d([3, 1, 2]), tf.tensor1d([10, Number.POSITIVE_INFINITY, 20])];
  expect(numbers(matchByRank(values, partners, 0))).toEqual([Number.POSITIVE_INFINITY, 10, 20]);
});

it('takes memory for the rows alone where they are many, forward and back', async () => {
  const rows = 3000;
  const [values, partners] = [tf.range(rows, 0), tf.range(0, rows)];
  const gradients = tf.grads((a: tf.Tensor, b: tf.Tensor) =>
    tf.sum(tf.square(matchByRank(a as tf.Tensor1D, b as tf.Tensor1D))),
  );
  const { numBytes } = tf.memory();
  const { peakBytes, newTensors } = await tf.profile(() => gradients([values, partners]));
  expect(newTensors).toBe(2);
  expect(peakBytes - numBytes).toBeLessThan(200 * rows);
  expect(numbers(matchByRank(values, partners)).slice(0, 2)).toEqual([rows - 1, rows - 2]);
});
