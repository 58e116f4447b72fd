import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/statistics.json' with { type: 'json' };
import { wilsonInterval } from './wilson-interval.js';

describe('wilsonInterval', () => {
  test('equals statsmodels', () => {
    for (const { count, n, confidence, low, high } of fixture.wilson) {
      const interval = wilsonInterval(count, n, confidence);
      expect(interval.low).toBeCloseTo(low, 12);
      expect(interval.high).toBeCloseTo(high, 12);
    }
  });

  test('holds its proportion, stays inside [0, 1], and mirrors', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 100_000 })
          .chain((n) => fc.tuple(fc.integer({ min: 0, max: 2 * n }), fc.constant(n))),
        fc.double({ min: 0.01, max: 0.9999, noNaN: true }),
        ([halves, n], confidence) => {
          const { low, high } = wilsonInterval(halves / 2, n, confidence);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(halves / 2 / n);
          expect(high).toBeGreaterThanOrEqual(halves / 2 / n);
          const mirrored = wilsonInterval(n - halves / 2, n, confidence);
          expect(mirrored.low).toBeCloseTo(1 - high, 12);
        },
      ),
    );
  });

  test.each([
    [3, 2, 0.95],
    [-1, 2, 0.95],
    [0, 0, 0.95],
    [1, 2, 1],
    [1, 2, 0],
    [1, 2, Number.NaN],
  ])('refuses %s of %s at %s', (successes, trials, confidence) => {
    expect(() => wilsonInterval(successes, trials, confidence)).toThrow(
      expect.objectContaining({ name: 'GoldEvalError' }),
    );
  });
});
