import { hasNativeKernels } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FEW_ROWS, multiply, prepareMatrix, product } from './matrix-products.js';

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

const numbers = (count: number, phase: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => Math.sin(1.7 * index + phase));

describe.each(['once', 'often'] as const)('a product with a weight that is used %s', (uses) => {
  it.each([1, 2, 3, 4, 5, 16, 17, 33, 64, 97, FEW_ROWS[uses], FEW_ROWS[uses] + 1])(
    'has every sum for %i rows',
    (rows) => {
      for (const [width, outputs] of [
        [5, 1],
        [16, 7],
        [37, 50],
        [64, 121],
      ] as const) {
        const [x, weight, bias] = [
          numbers(rows * width, 1),
          numbers(outputs * width, 2),
          numbers(outputs, 3),
        ];
        const [plain, shifted] = tf.tidy(() => {
          const a = tf.tensor2d(x, [rows, width]);
          const prepared = prepareMatrix(tf.tensor2d(weight, [outputs, width]), uses);
          return [multiply(a, prepared), multiply(a, prepared, tf.tensor1d(bias))].map((y) => y.dataSync());
        }) as unknown as [Float32Array, Float32Array];
        for (let row = 0; row < rows; row++) {
          for (let output = 0; output < outputs; output++) {
            let expected = 0;
            for (let i = 0; i < width; i++) expected += x[row * width + i]! * weight[output * width + i]!;
            expect(Math.abs(plain[row * outputs + output]! - expected)).toBeLessThan(3e-5);
            expect(Math.abs(shifted[row * outputs + output]! - expected - bias[output]!)).toBeLessThan(3e-5);
          }
        }
      }
    },
  );
});

describe('a weight whose numbers are bfloat16', () => {
  /** Of `count` numbers, the upper halves alone. */
  const upper = (count: number): Float32Array => {
    const bits = new Uint32Array(numbers(count, 2).buffer);
    return new Float32Array(bits.map((each) => each & 0xffff0000).buffer);
  };

  it.each([
    [16, 7],
    [38, 121],
    [64, 50],
    [576, 97],
  ])('is read in half of its memory, and gives the same digits, %i wide', (width, outputs) => {
    tf.tidy(() => {
      const prepared = prepareMatrix(tf.tensor2d(upper(outputs * width), [outputs, width]), 'often');
      expect(prepared.halves?.shape).toEqual(hasNativeKernels() ? [outputs, width / 2] : undefined);
      const { halves: _, ...whole } = prepared;
      for (const rows of [1, 2, 3, 4, 5, 17, 33, 200]) {
        const x = tf.tensor2d(numbers(rows * width, 1), [rows, width]);
        expect(multiply(x, prepared).dataSync()).toEqual(multiply(x, whole).dataSync());
      }
    });
  });

  it('is read whole where a single number is another', () => {
    tf.tidy(() => {
      for (const at of [0, 1300, 97 * 64 - 1]) {
        const values = upper(97 * 64);
        values[at] = 0.1;
        expect(prepareMatrix(tf.tensor2d(values, [97, 64]), 'often').halves).toBeUndefined();
      }
      expect(prepareMatrix(tf.tensor2d(upper(5 * 37), [5, 37]), 'often').halves).toBeUndefined();
      expect(prepareMatrix(tf.tensor2d(upper(5 * 64), [5, 64]), 'once').halves).toBeUndefined();
    });
  });
});
