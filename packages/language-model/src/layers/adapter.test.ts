import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { effective } from './adapter.js';
import type { NamedTensors } from './parameters.js';

it.each([
  [5, 3, 2],
  [64, 48, 16],
  [33, 101, 7],
])('adds scale·B·A to a weight [%d, %d], rank %d', (out, width, rank) => {
  const before = tf.memory().numTensors;
  const sizes = [
    [out, width],
    [rank, width],
    [out, rank],
  ] as const;
  const [weight, down, up] = sizes.map(([rows, columns], which) =>
    tf.tensor2d(
      Float32Array.from({ length: rows * columns }, (_, index) => Math.sin(index * (which + 1))),
      [rows, columns],
    ),
  ) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const parameters: NamedTensors = Object.assign(new Map([['a.weight', weight as tf.Tensor]]), {
    adapters: new Map([['a.weight', { down, up, scale: 0.5 }]]),
  });
  const sum = effective<tf.Tensor2D>(parameters, 'a.weight');
  const [w, a, b, found] = [weight, down, up, sum].map((tensor) => tensor.arraySync());
  found!.forEach((row, i) => {
    row.forEach((value, j) => {
      const product = b![i]!.reduce((total, factor, k) => total + factor * a![k]![j]!, 0);
      expect(Math.abs(value - (w![i]![j]! + 0.5 * product))).toBeLessThan(1e-5);
    });
  });
  tf.dispose([weight, down, up, sum]);
  expect(tf.memory().numTensors).toBe(before);
});
