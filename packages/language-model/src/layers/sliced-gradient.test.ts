import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { slicedGradient } from './sliced-gradient.js';

const cases = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }),
    width: fc.integer({ min: 1, max: 37 }),
  })
  .chain(({ sizes, width }) => {
    const rows = sizes.reduce((sum, size) => sum + size, 0);
    return fc.record({
      sizes: fc.constant(sizes),
      width: fc.constant(width),
      // Whole numbers, whose sums are exact.
      indices: fc.array(fc.integer({ min: 0, max: rows - 1 }), { minLength: 1, maxLength: 2 * rows }),
    });
  });

it('puts slices together and adds rows, those of one index in their order', () => {
  fc.assert(
    fc.property(cases, ({ sizes, width, indices }) => {
      const before = tf.memory().numTensors;
      const total = sizes.reduce((sum, size) => sum + size, 0);
      const content = (rows: number, from: number): number[][] =>
        Array.from({ length: rows }, (_, i) => Array.from({ length: width }, (_, j) => from + 100 * i + j));
      const expected = content(total, 5);
      const added = content(indices.length, -300);
      tf.tidy(() => {
        const gradient = slicedGradient(tf.ones([total, width]));
        let first = 0;
        for (const size of sizes) {
          gradient.append(tf.tensor2d(expected.slice(first, first + size)));
          first += size;
        }
        const whole = gradient.finish(Int32Array.from(indices), tf.tensor2d(added));
        indices.forEach((index, row) => {
          for (let j = 0; j < width; j++) expected[index]![j]! += added[row]![j]!;
        });
        expect(whole.arraySync()).toEqual(expected);
      });
      expect(tf.memory().numTensors).toBe(before);
    }),
    { numRuns: 50 },
  );
});
