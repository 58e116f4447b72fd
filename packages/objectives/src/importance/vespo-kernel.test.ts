import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { numbers } from '../../test/pair-batch.js';
import { checkKernel, VESPO, vespoKernel } from './vespo-kernel.js';

const kernel = (logs: number[], k: number, lambda: number): number[] =>
  numbers(vespoKernel(tf.tensor1d(logs), { k, lambda }));

it('is k·log W + λ·(1 − W)', () => {
  const expected = [-1, 0.5].map((log) => 2 * log + 3 * (1 - Math.exp(log)));
  expect(kernel([-1, 0.5], 2, 3)).toEqual(expected.map((value) => expect.closeTo(value, 5)));
  expect(kernel([0], 2, 3)).toEqual([0]);
  expect(kernel([-1, 4], 1, 0)).toEqual([-1, 4]);
});

it('is largest at W = k/λ', () => {
  const [before, peak, after] = kernel(
    [-0.1, 0, 0.1].map((step) => Math.log(2 / 3) + step),
    2,
    3,
  );
  expect(peak).toBeGreaterThan(before as number);
  expect(peak).toBeGreaterThan(after as number);
});

it('stays finite far out', () => {
  const [low, high] = kernel([-1e6, 1e6], 2, 3);
  expect(low).toBeCloseTo(-2e6 + 3, 0);
  expect(high).toBeLessThan(-1e18);
  expect(Number.isFinite(high)).toBe(true);
});

it('has the authors’ parameters, and refuses those below 0', () => {
  expect(VESPO).toEqual({ chosen: { k: 2, lambda: 3 }, rejected: { k: 3, lambda: 2 } });
  expect(() => checkKernel('vespo.chosen', { k: 0, lambda: 0 })).not.toThrow();
  expect(() => checkKernel('vespo.chosen', { k: -1, lambda: 0 })).toThrow(
    '@ais/objectives: weightBounds: vespo.chosen.k must be a finite number ≥ 0, got -1.',
  );
  expect(() => checkKernel('vespo.chosen', { k: 0, lambda: Number.POSITIVE_INFINITY })).toThrow(
    /vespo\.chosen\.lambda must be a finite number ≥ 0, got Infinity/,
  );
});
