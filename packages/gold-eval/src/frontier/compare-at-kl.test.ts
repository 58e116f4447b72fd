import { describe, expect, test } from 'vitest';
import { curve, sampled } from '../../test/curves.js';
import { compareAtKl } from './compare-at-kl.js';
import type { EvaluationPoint } from './evaluation-point.js';

describe('compareAtKl', () => {
  test('compares at the largest shared √KL by default', () => {
    const result = compareAtKl(
      curve([
        [0, 0.5],
        [4, 0.7],
      ]),
      curve([
        [0, 0.5],
        [10, 0.6],
      ]),
    )!;
    expect(result.squareRootKl).toBe(4);
    expect(result.difference).toBeCloseTo(0.16, 12);
    expect(result.paired).toBe(false);
    expect(result.low).toBeLessThan(0.16);
    expect(result.high).toBeGreaterThan(0.16);
  });

  test('curves that share no √KL are not compared', () => {
    expect(compareAtKl(curve([[1, 0.5]]), curve([[2, 0.5]]))).toBeUndefined();
  });

  test('shared prompts narrow the interval', () => {
    const shape = [
      [0, 0.5],
      [4, 0.7],
    ] as const;
    const first = sampled(shape, 1);
    const second = sampled(shape, 2);
    const paired = compareAtKl(first, second, { squareRootKl: 3, resamples: 2000 })!;
    const strip = (points: EvaluationPoint[]) => points.map(({ outcomes: _, ...point }) => point);
    const unpaired = compareAtKl(strip(first), strip(second), { squareRootKl: 3 })!;
    expect(paired.paired).toBe(true);
    expect(paired.difference).toBeCloseTo(unpaired.difference, 12);
    expect(paired.high - paired.low).toBeLessThan(0.8 * (unpaired.high - unpaired.low));
  });

  test('its interval covers the true difference about as often as it says', () => {
    let covered = 0;
    const trials = 120;
    for (let trial = 0; trial < trials; trial++) {
      const first = sampled([[1, 0.62]], 2 * trial + 1000, 200);
      const second = sampled([[1, 0.62]], 2 * trial + 1001, 200);
      const { low, high } = compareAtKl(first, second, { resamples: 400, seed: trial })!;
      if (low <= 0 && 0 <= high) covered++;
    }
    // Four standard errors of 120 trials below 95 %.
    expect(covered / trials).toBeGreaterThan(0.95 - 4 * Math.sqrt((0.95 * 0.05) / trials));
  });

  test('refuses outcomes of different prompts', () => {
    const first = sampled([[1, 0.5]], 1, 50);
    const second = sampled([[1, 0.5]], 1, 60);
    expect(() => compareAtKl(first, second)).toThrow(
      expect.objectContaining({ name: 'GoldEvalError', code: 'invalid-lengths' }),
    );
  });
});
