import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { numbers } from '../../test/pair-batch.js';
import { logOdds } from './log-odds.js';

const gradient = tf.grad((x) => tf.sum(logOdds(x as tf.Tensor1D)));

it('is log P − log(1 − P) with derivative 1/(1 − P), near certainty too', () => {
  const xs = [-1e6, -100, -20, -3, -0.7, -0.5, -0.01, -1e-4, -2e-6].map(Math.fround);
  const slopes = numbers(gradient(tf.tensor1d(xs)));
  for (const [index, value] of numbers(logOdds(tf.tensor1d(xs))).entries()) {
    const x = xs[index]!;
    const expected = x - Math.log(-Math.expm1(x));
    expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(expected)));
    expect(slopes[index]! * -Math.expm1(x)).toBeCloseTo(1, 5);
  }
});

it('goes on along its tangent where a probability rounds to 1', () => {
  const [before, at] = numbers(logOdds(tf.tensor1d([-1e-6, 0])));
  expect(before).toBeCloseTo(Math.log(1e6), 4);
  expect(at! - before!).toBeCloseTo(1, 4);
  const slopes = numbers(gradient(tf.tensor1d([-1e-6, 0])));
  for (const slope of slopes) expect(slope / 1e6).toBeCloseTo(1, 4);
});
