import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { numbers } from '../../test/pair-batch.js';
import { exponentialMinusOne } from './exponential-minus-one.js';

it('keeps the digits of small arguments, and −1 far below 0', () => {
  const xs = [1e-9, -1e-9, 1e-4, -1e-4, 0.3, -0.3, 0.49, 0.51, 2, -5, 30, -200].map(Math.fround);
  for (const [index, value] of numbers(exponentialMinusOne(tf.tensor1d(xs))).entries()) {
    const expected = Math.expm1(xs[index]!);
    expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-6 * Math.abs(expected));
  }
  expect(numbers(exponentialMinusOne(tf.tensor1d([0])))).toEqual([0]);
});
