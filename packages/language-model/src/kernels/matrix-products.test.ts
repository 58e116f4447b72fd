import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { product } from './matrix-products.js';

const cases = fc.record({
  rows: fc.integer({ min: 1, max: 150 }),
  inner: fc.integer({ min: 1, max: 40 }),
  columns: fc.integer({ min: 1, max: 70 }),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
});

it('multiplies matrices of any shape, transposed or not', () => {
  fc.assert(
    fc.property(cases, ({ rows, inner, columns, transposeA, transposeB }) => {
      const before = tf.memory().numTensors;
      // Whole numbers, whose sums are exact.
      const a = (i: number, k: number): number => ((7 * i + 3 * k) % 11) - 5;
      const b = (k: number, j: number): number => ((5 * k + 2 * j) % 13) - 6;
      const matrix = (n: number, m: number, of: (i: number, j: number) => number): tf.Tensor2D =>
        tf.tensor2d(
          Float32Array.from({ length: n * m }, (_, index) => of(Math.floor(index / m), index % m)),
          [n, m],
        );
      tf.tidy(() => {
        const found = product(
          transposeA ? matrix(inner, rows, (k, i) => a(i, k)) : matrix(rows, inner, a),
          transposeB ? matrix(columns, inner, (j, k) => b(k, j)) : matrix(inner, columns, b),
          transposeA,
          transposeB,
        );
        expect(found.shape).toEqual([rows, columns]);
        const values = found.dataSync();
        for (const index of values.keys()) {
          let sum = 0;
          for (let k = 0; k < inner; k++) sum += a(Math.floor(index / columns), k) * b(k, index % columns);
          if (values[index] !== sum) expect(values[index]).toBe(sum);
        }
      });
      expect(tf.memory().numTensors).toBe(before);
    }),
    { numRuns: 60 },
  );
});
