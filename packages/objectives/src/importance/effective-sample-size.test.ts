import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { effectiveSampleSize } from './effective-sample-size.js';

const size = (weights: number[]): number =>
  tf.tidy(() => effectiveSampleSize(tf.tensor1d(weights)).dataSync()[0] as number);

it('is the batch size for equal weights and 1 where one outweighs all', () => {
  expect(size([3, 3, 3, 3])).toBeCloseTo(4, 5);
  expect(size([0, 5, 0])).toBe(1);
  expect(size([1, 1, 0])).toBeCloseTo(2, 5);
  expect(size([2, 1])).toBeCloseTo(9 / 5, 5);
});

it('neither overflows, nor underflows, nor divides by 0', () => {
  expect(size([1e30, 1e30])).toBeCloseTo(2, 5);
  expect(size([1e-30, 1e-30])).toBeCloseTo(2, 5);
  expect(size([0, 0])).toBe(0);
});

it('lies between 1 and the batch size and does not depend on the scale', () => {
  const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(weights, (given) => {
      const value = size(given);
      expect(value).toBeGreaterThan(1 - 1e-5);
      expect(value).toBeLessThan(given.length + 1e-4);
      expect(size(given.map((weight) => weight / 7))).toBeCloseTo(value, 4);
    }),
    { numRuns: 20 },
  );
});

it('leaves one tensor', () => {
  const weights = tf.tensor1d([1, 2]);
  const before = tf.memory().numTensors;
  expect(effectiveSampleSize(weights).shape).toEqual([]);
  expect(tf.memory().numTensors).toBe(before + 1);
});
