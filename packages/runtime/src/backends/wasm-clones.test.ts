import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useBackend } from '../use-backend.js';

beforeAll(() => useBackend('wasm'));
afterAll(() => useBackend(process.env['AIS_BACKEND'] ?? 'wasm'));

it('a clone takes no memory, and keeps its numbers when the tensor is disposed of', async () => {
  const before = tf.memory();
  const tensor = tf.range(0, 1000);
  const { numDataBuffers } = tf.memory();
  const clone = tf.clone(tensor);
  expect(tf.memory()).toMatchObject({ numDataBuffers, numTensors: before.numTensors + 2 });
  tensor.dispose();
  tf.range(0, 1000).dispose();
  expect((await clone.data())[999]).toBe(999);
  clone.dispose();
  expect(tf.memory()).toEqual(before);
});

it('a clone of reshaped data is a vector to products with a bias', async () => {
  const found = tf.tidy(() => {
    const bias = tf.clone(tf.reshape(tf.ones([3, 1]), [3]));
    const [a, b] = [tf.ones([2, 4]) as tf.Tensor2D, tf.ones([4, 3]) as tf.Tensor2D];
    return tf.fused.matMul({ a, b, bias });
  });
  expect([...(await found.data())]).toEqual([5, 5, 5, 5, 5, 5]);
  found.dispose();
});
