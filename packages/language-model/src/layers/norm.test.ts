import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type NormKind, normalize, normalizeGradient } from './norm.js';

const EPSILON = 1e-5;
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** One row, in float64. */
function exact(x: readonly number[], gradient: readonly number[], kind: NormKind) {
  const center = kind === 'layer' ? mean(x) : 0;
  const r = 1 / Math.sqrt(mean(x.map((value) => (value - center) ** 2)) + EPSILON);
  const values = x.map((value) => (value - center) * r);
  const ofMean = kind === 'layer' ? mean(gradient) : 0;
  const along = mean(gradient.map((g, index) => g * values[index]!));
  return { values, r, input: gradient.map((g, index) => r * (g - ofMean - values[index]! * along)) };
}

it.each(['layer', 'rms'] as const)('%s norms rows of any width, and gives the gradient', (kind) => {
  const number = fc.double({ min: -4, max: 4, noNaN: true }).map(Math.fround);
  const matrices = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 2, max: 70 }))
    .chain(([rows, width]) => {
      const matrix = fc.array(fc.array(number, { minLength: width, maxLength: width }), {
        minLength: rows,
        maxLength: rows,
      });
      return fc.tuple(matrix, matrix);
    });
  fc.assert(
    fc.property(matrices, ([xs, gradients]) => {
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        const normalized = normalize(tf.tensor2d(xs), { kind, epsilon: EPSILON });
        const values = normalized.values.arraySync();
        const inverse = normalized.inverseDeviation.arraySync();
        const input = normalizeGradient(tf.tensor2d(gradients), normalized, kind).arraySync();
        xs.forEach((x, row) => {
          const expected = exact(x, gradients[row]!, kind);
          // A row that hardly varies is divided by little, which makes its float errors large.
          const allowed = 1e-5 * Math.max(1, expected.r);
          expect(Math.abs(inverse[row]![0]! - expected.r)).toBeLessThan(allowed * expected.r);
          expected.values.forEach((value, column) => {
            expect(Math.abs(values[row]![column]! - value)).toBeLessThan(allowed);
          });
          expected.input.forEach((value, column) => {
            expect(Math.abs(input[row]![column]! - value)).toBeLessThan(20 * allowed * expected.r);
          });
        });
      });
      expect(tf.memory().numTensors).toBe(before);
    }),
    { numRuns: 50 },
  );
});
