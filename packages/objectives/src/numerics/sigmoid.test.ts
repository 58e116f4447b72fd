import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { numbers } from '../../test/pair-batch.js';
import { sigmoid } from './sigmoid.js';

it('keeps the digits of its derivative where σ rounds to 1', () => {
  const xs = [-80, -20, -1, 0, 1, 12, 16, 20, 80];
  const slopes = numbers(tf.grad((x) => tf.sum(sigmoid(x as tf.Tensor1D)))(tf.tensor1d(xs)) as tf.Tensor1D);
  for (const [index, slope] of slopes.entries()) {
    const away = Math.exp(-Math.abs(xs[index] as number));
    expect(slope / (away / (1 + away) ** 2)).toBeCloseTo(1, 5);
  }
  expect(numbers(sigmoid(tf.tensor1d([0, 80, -800])))).toEqual([0.5, 1, 0]);
});
