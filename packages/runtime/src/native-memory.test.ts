import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hasNativeKernels } from './native-kernels.js';

const filled = (bytes: number, value: number): tf.Tensor1D =>
  tf.tidy(() => tf.add(tf.fill([bytes / 4], value - 1), 1));

it('keeps tensors of any size apart, whatever is freed in between', () => {
  const steps = fc.array(
    fc.record({
      bytes: fc.integer({ min: 1, max: 250_000 }).map((numbers) => 4 * numbers),
      freed: fc.option(fc.nat()),
    }),
    { minLength: 1, maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (plan) => {
      const held: { readonly tensor: tf.Tensor; readonly value: number }[] = [];
      const check = ({ tensor, value }: (typeof held)[number]): void => {
        expect(tf.tidy(() => [tf.min(tensor).dataSync()[0], tf.max(tensor).dataSync()[0]])).toEqual([
          value,
          value,
        ]);
        tensor.dispose();
      };
      plan.forEach(({ bytes, freed }, value) => {
        held.push({ tensor: filled(bytes, value), value });
        if (freed !== null) held.splice(freed % held.length, 1).forEach(check);
      });
      held.forEach(check);
    }),
    { numRuns: 40 },
  );
});

// TensorFlow's own allocator holds what was freed in pieces that are too short for what follows.
it.runIf(process.platform === 'linux')('holds little more than tensors ever took at once', () => {
  if (!hasNativeKernels()) return;
  const MEBIBYTE = 2 ** 20;
  const before = process.memoryUsage.rss();
  const first = Array.from({ length: 200 }, () => filled(4 * MEBIBYTE, 1));
  tf.dispose(first.filter((_, index) => index % 2 === 0));
  const second = Array.from({ length: 66 }, () => filled(6 * MEBIBYTE, 2));
  const grown = process.memoryUsage.rss() - before;
  tf.dispose([first, second]);
  // 800 at once, 128 to spare, and what the program itself took; without giving back it would be 1,196.
  expect(grown / MEBIBYTE).toBeGreaterThan(700);
  expect(grown / MEBIBYTE).toBeLessThan(1000);
});
