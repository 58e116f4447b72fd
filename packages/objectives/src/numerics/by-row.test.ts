import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { numbers } from '../../test/pair-batch.js';
import { sumByRow, takeByRow, tokenPositions } from './by-row.js';

const rows = tf.tensor1d([0, 0, 0, 2, 2], 'int32');
const values = tf.tensor1d([1, 2, 4, 8, 16]);

it('sums over the tokens of each row, and a row without any is 0', () => {
  expect(numbers(sumByRow(values, rows, 3))).toEqual([7, 0, 24]);
});

it('repeats a value for each token of its row', () => {
  expect(numbers(takeByRow(tf.tensor1d([3, 5, 7]), rows))).toEqual([3, 3, 3, 7, 7]);
});

it('sends the gradient of a sum to its tokens, and that of a token to its row', () => {
  const ofSums = tf.grad((x: tf.Tensor) =>
    tf.sum(tf.mul(tf.square(sumByRow(x as tf.Tensor1D, rows, 3)), tf.tensor1d([1, 1, 0.5]))),
  );
  expect(numbers(ofSums(values))).toEqual([14, 14, 14, 24, 24]);
  const ofTokens = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(takeByRow(x as tf.Tensor1D, rows), values)));
  expect(numbers(ofTokens(tf.tensor1d([3, 5, 7])))).toEqual([7, 0, 24]);
});

it('counts the tokens of each row from 0', () => {
  expect(numbers(tokenPositions(rows, tf.tensor1d([3, 0, 2])))).toEqual([0, 1, 2, 0, 1]);
});

it('leaves nothing behind', () => {
  const before = tf.memory().numTensors;
  tf.dispose([sumByRow(values, rows, 3), takeByRow(tf.tensor1d([3, 5, 7]), rows)]);
  expect(tf.memory().numTensors).toBe(before + 1);
  const { value, grads } = tf
    .engine()
    .gradients(() => tf.tidy(() => tf.sum(sumByRow(values, rows, 3))), [values]);
  tf.dispose([value, ...grads]);
  expect(tf.memory().numTensors).toBe(before + 1);
});
