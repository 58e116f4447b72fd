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
