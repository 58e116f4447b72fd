import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useBackend } from '../use-backend.js';

beforeAll(() => useBackend('wasm'));
afterAll(() => useBackend(process.env['AIS_BACKEND'] ?? 'wasm'));

it.each([
  ['a tensor of nearly 4 GB', 2 ** 30 - 2 ** 10],
  ['one of 4 GB, whose size is 0 in 32 bits', 2 ** 30],
])('there is no place for %s, and the others keep their numbers', async (_, size) => {
  await useBackend('wasm');
  const tensor = tf.range(0, 8);
  expect(() => tf.tidy(() => tf.tile(tensor, [size / 8]))).toThrow(
    expect.objectContaining({
      name: 'RuntimeError',
      code: 'out-of-memory',
      message: expect.stringMatching(/ and one of \d{3,4} MiB would still fit\./),
    }),
  );
  expect([...(await tf.mul(tensor, 2).data())]).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
  tensor.dispose();
});
