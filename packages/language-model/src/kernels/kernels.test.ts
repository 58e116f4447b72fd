import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { scaledGelu, scaledGeluGradient } from '../layers/activation.js';
import { linear, sumOfRows, transposedProduct } from './matrix-products.js';

/** erf by its Taylor series or its continued fraction, in float64. */
function erf(x: number): number {
  const t = Math.abs(x);
  let value: number;
  if (t < 3) {
    let term = t;
    value = t;
    for (let n = 1; n < 100; n++) {
      term *= (-t * t) / n;
      value += term / (2 * n + 1);
    }
    value *= 2 / Math.sqrt(Math.PI);
  } else {
    let fraction = 0;
    for (let n = 60; n >= 1; n--) fraction = n / 2 / (t + fraction);
    value = 1 - Math.exp(-t * t) / Math.sqrt(Math.PI) / (t + fraction);
  }
  return Math.sign(x) * value;
}

describe('the kernels', () => {
  it('compute GELU and its slope to float32’s precision', () => {
    const inputs = Float32Array.from({ length: 4003 }, (_, index) => (index - 2001) / 150);
    const [values, slopes] = tf.tidy(() => {
      const u = tf.tensor2d(inputs, [1, inputs.length]);
      const ones = tf.onesLike(u);
      return [scaledGelu(u).dataSync(), scaledGeluGradient(ones, u).dataSync()];
    }) as unknown as [Float32Array, Float32Array];
    inputs.forEach((u, index) => {
      const slope = 1 + erf(u) + ((2 * u) / Math.sqrt(Math.PI)) * Math.exp(-u * u);
      expect(Math.abs(values[index]! - u * (1 + erf(u)))).toBeLessThan(1e-6 * Math.max(1, Math.abs(u)));
      expect(Math.abs(slopes[index]! - slope)).toBeLessThan(1e-6);
    });
  });

  it.each([
    [5, 3, 7],
    [33, 4, 1],
    [64, 12, 9],
    [1, 1, 1],
    [7, 70, 31],
    [300, 20, 12],
    [129, 4, 4],
  ])('transpose %d × %d for products', (n, k, m) => {
    const before = tf.memory().numTensors;
    const count = (rows: number, columns: number): tf.Tensor2D =>
      tf.tensor2d(
        Float32Array.from({ length: rows * columns }, (_, index) => (index % 11) - 5),
        [rows, columns],
      );
    tf.tidy(() => {
      const [a, w, b] = [count(n, k), count(m, k), count(n, m)];
      expect(linear(a, w).arraySync()).toEqual(tf.matMul(a, w, false, true).arraySync());
      expect(sumOfRows(a).arraySync()).toEqual(tf.sum(a, 0).arraySync());
      expect(transposedProduct(a, b).arraySync()).toEqual(tf.matMul(a, b, true, false).arraySync());
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
