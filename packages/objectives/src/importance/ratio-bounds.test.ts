import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { numbers } from '../../test/pair-batch.js';
import { applyBounds, checkBounds, isBounded, masks } from './ratio-bounds.js';

it('keeps what lies within bounds and on them, and counts what does not', () => {
  const logs = tf.tensor1d([-2, -1, 0, 1, 2]);
  const of = (bounds: { lower?: number; upper?: number }) => {
    const { logs: bounded, outside } = applyBounds(logs, bounds);
    return [numbers(bounded), numbers(outside)];
  };
  expect(of({})).toEqual([
    [-2, -1, 0, 1, 2],
    [0, 0, 0, 0, 0],
  ]);
  expect(of({ lower: -1 })).toEqual([
    [-1, -1, 0, 1, 2],
    [1, 0, 0, 0, 0],
  ]);
  expect(of({ lower: -1, upper: 1 })).toEqual([
    [-1, -1, 0, 1, 1],
    [1, 0, 0, 0, 1],
  ]);
});

it('lets gradients through within bounds alone', () => {
  const gradient = tf.grad((x: tf.Tensor) => {
    const { logs, outside } = applyBounds(x as tf.Tensor1D, { lower: -1, upper: 1 });
    return tf.sum(tf.add(logs, outside));
  });
  expect(numbers(gradient(tf.tensor1d([-2, 0.5, 2])))).toEqual([0, 1, 0]);
});

it('knows bounds from none, and masks from truncation', () => {
  expect([{}, { lower: 0 }, { upper: 0 }].map(isBounded)).toEqual([false, true, true]);
  expect([{}, { outside: 'truncate' }, { outside: 'mask' }].map((bounds) => masks(bounds as object))).toEqual(
    [false, false, true],
  );
});

it('names the owner and the option', () => {
  expect(() => checkBounds('mine', 'clip', { lower: 1, upper: 0 })).toThrow(
    '@ais/objectives: mine: clip must have a lower bound no greater than its upper bound, got 1 and 0.',
  );
  expect(() => checkBounds('mine', 'clip', { upper: Number.NaN })).toThrow(/got -Infinity and NaN/);
  expect(() => checkBounds('mine', 'clip', { lower: 0, upper: 0, outside: 'mask' })).not.toThrow();
  expect(() => checkBounds('mine', 'clip', {})).not.toThrow();
});
