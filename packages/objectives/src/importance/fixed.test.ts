import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { numbers } from '../../test/pair-batch.js';
import { fixed } from './fixed.js';

it('is the same α whatever the length', () => {
  expect(numbers(fixed(0.25)(tf.tensor1d([1, 10, 10_000])))).toEqual([0.25, 0.25, 0.25]);
});

it.each([0, 1])('accepts the limit %d', (alpha) => {
  expect(numbers(fixed(alpha)(tf.tensor1d([7])))).toEqual([alpha]);
});

it.each([-0.1, 1.1, Number.NaN])('refuses %d', (alpha) => {
  expect(() => fixed(alpha)).toThrow(
    `@ais/objectives: fixed: alpha must be a number from 0 to 1 (for anything else, write your own function of the length), got ${alpha}.`,
  );
});
