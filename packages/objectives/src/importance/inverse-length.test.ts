import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { numbers } from '../../test/pair-batch.js';
import { inverseLength } from './inverse-length.js';
import { inverseSqrtLength } from './inverse-sqrt-length.js';

it('is 1/|y|, from 1 to 10,000 tokens', () => {
  expect(numbers(inverseLength()(tf.tensor1d([1, 4, 10_000])))).toEqual([1, 0.25, expect.closeTo(1e-4, 9)]);
});

it('is 1/√|y| for the weaker smoothing', () => {
  expect(numbers(inverseSqrtLength()(tf.tensor1d([1, 4, 10_000])))).toEqual([
    1,
    0.5,
    expect.closeTo(1e-2, 7),
  ]);
});
