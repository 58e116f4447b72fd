import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useBackend } from '../use-backend.js';

beforeAll(() => useBackend('wasm'));
afterAll(() => useBackend(process.env['AIS_BACKEND'] ?? 'wasm'));

// Memory that new tensors find is not all zeros.
beforeEach(() => {
  const used = Array.from({ length: 60 }, (_, index) => tf.fill([1 + (index % 12)], 7.5));
  tf.dispose(used);
});

async function numbersOf(compute: () => tf.Tensor): Promise<number[]> {
  const before = tf.memory();
  const tensor = tf.tidy(compute);
  const values = Array.from(await tensor.data());
  tensor.dispose();
  expect(tf.memory()).toEqual(before);
  return values;
}

describe('of nothing', () => {
  it.each<[string, (x: tf.Tensor) => tf.Tensor, tf.DataType, number]>([
    ['a sum', (x) => tf.sum(x, 1), 'float32', 0],
    ['a sum of integers', (x) => tf.sum(x, 1), 'int32', 0],
    ['a sum with its axis', (x) => tf.sum(x, 1, true), 'float32', 0],
    ['a mean', (x) => tf.mean(x, 1), 'float32', 0],
    ['a product', (x) => tf.prod(x, 1), 'float32', 1],
    ['the maximum', (x) => tf.max(x, 1), 'float32', Number.NEGATIVE_INFINITY],
    ['the maximum of integers', (x) => tf.max(x, 1), 'int32', -(2 ** 31)],
    ['the minimum', (x) => tf.min(x, 1), 'float32', Number.POSITIVE_INFINITY],
    ['the minimum of integers', (x) => tf.min(x, 1), 'int32', 2 ** 31 - 1],
    ['all', (x) => tf.all(x, 1), 'bool', 1],
    ['any', (x) => tf.any(x, 1), 'bool', 0],
    ['log Σ exp', (x) => tf.logSumExp(x, 1), 'float32', Number.NEGATIVE_INFINITY],
  ])('%s has its value', async (_, reduce, dtype, value) => {
    expect(await numbersOf(() => reduce(tf.zeros([3, 0], dtype)))).toEqual([value, value, value]);
    // Of the first axis, and of all.
    expect(await numbersOf(() => reduce(tf.zeros([2, 0, 1], dtype)))).toEqual([value, value]);
    expect(await numbersOf(() => reduce(tf.zeros([0, 3], dtype)))).toEqual([]);
  });

  it('the sum and the mean of all are 0', async () => {
    expect(await numbersOf(() => tf.sum(tf.zeros([0])))).toEqual([0]);
    expect(await numbersOf(() => tf.mean(tf.zeros([0, 2])))).toEqual([0]);
    expect(await numbersOf(() => tf.sum(tf.zeros([0, 2]), 0))).toEqual([0, 0]);
  });

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('products of matrices are 0, or their bias: transposed %s, %s', async (transposeA, transposeB) => {
    const [a, b] = [
      transposeA ? ([0, 2] as const) : ([2, 0] as const),
      transposeB ? ([3, 0] as const) : ([0, 3] as const),
    ];
    const zeros = (...shape: number[]): tf.Tensor2D => tf.zeros(shape as [number, number]);
    const product = () => tf.matMul(zeros(...a), zeros(...b), transposeA, transposeB);
    expect(await numbersOf(product)).toEqual([0, 0, 0, 0, 0, 0]);
    const batch = () => tf.matMul(zeros(2, ...a), zeros(1, ...b), transposeA, transposeB);
    expect(await numbersOf(batch)).toEqual(Array(12).fill(0));
    const fused = () =>
      tf.fused.matMul({
        ...{ a: zeros(...a), b: zeros(...b), transposeA, transposeB },
        ...{ bias: tf.tensor1d([-1, 2, 3]), activation: 'relu' },
      });
    expect(await numbersOf(fused)).toEqual([0, 2, 3, 0, 2, 3]);
  });
});

it('of something, nothing changes', async () => {
  expect(await numbersOf(() => tf.sum(tf.tensor2d([[1, 2, 3]]), 1))).toEqual([6]);
  expect(await numbersOf(() => tf.mean(tf.tensor2d([[1, 2, 3]])))).toEqual([2]);
  expect(await numbersOf(() => tf.matMul(tf.ones([1, 2]), tf.ones([2, 1])))).toEqual([2]);
  expect(await numbersOf(() => tf.matMul(tf.ones([0, 2]), tf.ones([2, 1])))).toEqual([]);
  expect(await numbersOf(() => tf.matMul(tf.ones([0, 0]), tf.ones([0, 1])))).toEqual([]);
});
