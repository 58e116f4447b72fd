import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { accumulateGradients } from './gradient-accumulation.js';

it('keeps no tensors where the loss does not depend on the parameters', () => {
  const [trained, other] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
  const before = tf.memory().numTensors;
  expect(() =>
    accumulateGradients(new Map([['trained', trained]]), [[0], [1]], 2, (indices) => ({
      losses: tf.mul(tf.square(other), tf.ones([indices.length])),
      metrics: {},
    })),
  ).toThrow('Cannot find a connection');
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([trained, other]);
});
