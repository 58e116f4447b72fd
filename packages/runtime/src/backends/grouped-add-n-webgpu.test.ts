import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

it.each([1, 2, 7, 8, 13, 14, 50])('the sum of %d tensors is whole and leaves nothing', async (count) => {
  const before = tf.memory();
  const tensors = Array.from({ length: count }, (_, index) => tf.tensor1d([1, index, -(2 ** (index % 20))]));
  const sum = tf.addN(tensors);
  const expected = [
    count,
    (count * (count - 1)) / 2,
    tensors.reduce((total, _, index) => total - 2 ** (index % 20), 0),
  ];
  expect([...(await sum.data())]).toEqual(expected);
  tf.dispose([sum, tensors]);
  const { numTensors, numDataBuffers } = tf.memory();
  expect({ numTensors, numDataBuffers }).toEqual({
    numTensors: before.numTensors,
    numDataBuffers: before.numDataBuffers,
  });
  expect(tf.getBackend()).toBe('webgpu');
});
