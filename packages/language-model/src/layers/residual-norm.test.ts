import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { NormKind } from './norm.js';
import { hasFusedNorms, normalizeSum, normalizeSumGradient } from './residual-norm.js';

const EPSILON = 1e-5;
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const number = fc.double({ min: -4, max: 4, noNaN: true }).map(Math.fround);

interface Case {
  readonly x: number[][];
  readonly added: number[][];
  readonly residual: number[][];
  readonly parts: number[][][];
  readonly gain: number[];
}

const cases = fc
  .record({ rows: fc.integer({ min: 1, max: 70 }), width: fc.integer({ min: 2, max: 40 }) })
  .chain(({ rows, width }): fc.Arbitrary<Case> => {
    const row = fc.array(number, { minLength: width, maxLength: width });
    const matrix = fc.array(row, { minLength: rows, maxLength: rows });
    return fc.record({
      x: matrix,
      added: matrix,
      residual: matrix,
      parts: fc.array(matrix, { minLength: 1, maxLength: 3 }),
      gain: row,
    });
  });

/** One row, in float64. */
function exactRow(
  sum: readonly number[],
  ofRead: readonly number[],
  gain: readonly number[],
  kind: NormKind,
) {
  const center = kind === 'layer' ? mean(sum) : 0;
  const r = 1 / Math.sqrt(mean(sum.map((value) => (value - center) ** 2)) + EPSILON);
  const values = sum.map((value) => (value - center) * r);
  const gradient = ofRead.map((g, column) => g * gain[column]!);
  const ofMean = kind === 'layer' ? mean(gradient) : 0;
  const along = mean(gradient.map((g, column) => g * values[column]!));
  return { r, values, through: gradient.map((g, column) => r * (g - ofMean - values[column]! * along)) };
}

function expectNear(actual: tf.Tensor, expected: readonly (readonly number[])[], allowed: number): void {
  const values = actual.dataSync();
  expected.flat().forEach((value, index) => {
    expect(Math.abs(values[index]! - value)).toBeLessThan(allowed * Math.max(1, Math.abs(value)));
  });
}

it.each([
  ['layer', false, true],
  ['rms', true, true],
  ['rms', true, false],
] as const)('%s norm of a sum, and its gradient (γ apart: %s, adds: %s)', (kind, hasGain, adds) => {
  fc.assert(
    fc.property(cases, ({ x, added, residual, parts, gain }) => {
      const before = tf.memory().numTensors;
      const sums = adds ? x.map((row, i) => row.map((value, j) => Math.fround(value + added[i]![j]!))) : x;
      const ofRead = x.map((row, i) => row.map((_, j) => parts.reduce((sum, part) => sum + part[i]![j]!, 0)));
      const exact = sums.map((row, i) => exactRow(row, ofRead[i]!, hasGain ? gain : row.map(() => 1), kind));
      // A row that hardly varies is divided by little, which makes its float errors large.
      const allowed = 2e-5 * Math.max(1, ...exact.map(({ r }) => r)) ** 2;
      tf.tidy(() => {
        const gainTensor = hasGain ? tf.tensor1d(gain) : undefined;
        const found = normalizeSum(
          tf.tensor2d(x),
          adds ? tf.tensor2d(added) : undefined,
          { kind, epsilon: EPSILON },
          gainTensor,
        );
        expectNear(found.sum, sums, 1e-6);
        expectNear(
          found.normalized.values,
          exact.map(({ values }) => values),
          allowed,
        );
        expectNear(
          found.read,
          exact.map(({ values }) => values.map((value, j) => value * (hasGain ? gain[j]! : 1))),
          allowed,
        );
        const partTensors = parts.map((part) => tf.tensor2d(part));
        // Without a kernel, layers multiply with γ themselves.
        const apart = normalizeSumGradient(
          gainTensor && hasFusedNorms()
            ? { parts: partTensors, gain: gainTensor }
            : { parts: gainTensor ? partTensors.map((part) => tf.mul(part, gainTensor)) : partTensors },
          found.normalized,
          kind,
          tf.tensor2d(residual),
        );
        expectNear(
          apart.input,
          exact.map(({ through }, i) => through.map((value, j) => value + residual[i]![j]!)),
          20 * allowed,
        );
        expect(apart.gain !== undefined).toBe(hasGain && hasFusedNorms());
        if (apart.gain) {
          const ofGain = gain.map((_, j) =>
            exact.reduce((sum, { values }, i) => sum + values[j]! * ofRead[i]![j]!, 0),
          );
          expectNear(apart.gain, [ofGain], 20 * allowed * x.length);
        }
      });
      expect(tf.memory().numTensors).toBe(before);
    }),
    { numRuns: 40 },
  );
});
