import { describe, expect, test } from 'vitest';
import { curve, sampled } from '../../test/curves.js';
import { winRateAtKl } from './win-rate-at-kl.js';

describe('winRateAtKl', () => {
  const points = curve([
    [3, 0.7],
    [1, 0.5],
  ]);

  test('interpolates, and meets its points', () => {
    expect(winRateAtKl(points, 2)?.rate).toBeCloseTo(0.6, 12);
    expect(winRateAtKl(points, 1)?.rate).toBe(0.5);
    expect(winRateAtKl(points, 3)?.rate).toBe(0.7);
  });

  test('leaves a √KL that several points share from the best of them, as it comes to it', () => {
    const shared = curve([
      [1, 0.5],
      [2, 0.6],
      [2, 0.8],
      [2, 0.7],
      [3, 0.8],
    ]);
    expect(winRateAtKl(shared, 1.5)?.rate).toBeCloseTo(0.65, 12);
    expect(winRateAtKl(shared, 2)?.rate).toBe(0.8);
    expect(winRateAtKl(shared, 2.5)?.rate).toBeCloseTo(0.8, 12);
  });

  test('extrapolates nothing', () => {
    expect(winRateAtKl(points, 0.99)).toBeUndefined();
    expect(winRateAtKl(points, 3.01)).toBeUndefined();
    expect(winRateAtKl([], 1)).toBeUndefined();
  });

  test.each([1, 2, 40])('%i wins alone are not certain', (n) => {
    const [point] = sampled([[1, 1]], 3, n);
    const { rate, low, standardError } = winRateAtKl([point!], 1)!;
    expect(rate).toBe(1);
    expect(standardError).toBeCloseTo(1 / Math.sqrt(4 * n * (n + 1)), 12);
    expect(low).toBeLessThan(1);
  });

  test('halfway between independent points the error is that of their mean', () => {
    const wide = winRateAtKl(points, 1)!.standardError;
    const other = winRateAtKl(points, 3)!.standardError;
    expect(winRateAtKl(points, 2)?.standardError).toBeCloseTo(Math.hypot(wide, other) / 2, 12);
  });
});
