import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clippingFactor, globalNorm } from './gradient-clipping.js';

describe('clipping by the global norm', () => {
  it('takes every gradient as one vector', () => {
    const gradients = new Map<string, tf.Tensor>([
      ['a', tf.tensor2d([[1, 2, 2]])],
      ['b', tf.scalar(4)],
    ]);
    expect(globalNorm(gradients).dataSync()[0]).toBe(5);
  });

  it('is the same in one pass over many gradients of any size', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sizes, fc.integer(), (lengths, seed) => {
        const gradients = new Map(
          lengths.map((length, index): [string, tf.Tensor] => [
            `${index}`,
            tf.randomNormal([length], 0, 10 ** (index - 3), 'float32', seed + index),
          ]),
        );
        const exact = Math.hypot(
          ...[...gradients.values()].map((gradient) => hypotenuse(gradient.dataSync())),
        );
        const norm = globalNorm(gradients);
        expect(Math.abs((norm.dataSync()[0] ?? 0) / exact - 1)).toBeLessThan(1e-5);
        tf.dispose([norm, ...gradients.values()]);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['rows', [1025, 1024]],
    ['one row', [1, 1025 * 1024]],
    ['columns of one', [1025 * 1024, 1]],
    ['no rows', [1025 * 1024 + 1]],
    ['three axes', [2, 513, 1024]],
  ])('keeps small values beside a large one: %s', (_, shape) => {
    const size = shape.reduce((product, axis) => product * axis, 1);
    // 1 + 2⁻²⁶ is 1 in float32: added one by one, the rest would vanish.
    const values = new Float32Array(size).fill(2 ** -13);
    values[0] = 1;
    const gradient = tf.tensor(values, shape);
    const norm = globalNorm(new Map([['embedding', gradient]]));
    expect(norm.dataSync()[0]).toBeCloseTo(Math.sqrt(1 + (size - 1) * 2 ** -26), 4);
    tf.dispose([gradient, norm]);
  });

  it('never lengthens, and shortens to the maximum', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        (n, m) => {
          const clipped = n * clippingFactor(n, m);
          expect(clipped).toBeLessThanOrEqual(Math.min(n, m));
          if (n > 2 * m) expect(clipped).toBeGreaterThan(m * (1 - 1e-3));
        },
      ),
    );
    expect(clippingFactor(1e9)).toBe(1);
  });
});

function hypotenuse(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += (values[index] ?? 0) ** 2;
  return Math.sqrt(sum);
}
