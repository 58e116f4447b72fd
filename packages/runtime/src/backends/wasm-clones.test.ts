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
