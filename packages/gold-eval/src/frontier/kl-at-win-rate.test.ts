import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/curves.json' with { type: 'json' };
import { curve, sampled } from '../../test/curves.js';
import { fixtureCurve } from '../../test/fixture-curve.js';
import { klAtWinRateOverSeeds } from '../seeds/kl-at-win-rate-over-seeds.js';
import { klAtWinRate } from './kl-at-win-rate.js';
import { winRateAtKl } from './win-rate-at-kl.js';

describe('klAtWinRate', () => {
  test('is the inverse of winRateAtKl on a rising curve', () => {
    const points = curve([
      [1, 0.5],
      [2, 0.6],
      [5, 0.8],
    ]);
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 0.8, noNaN: true }), (rate) => {
        const { squareRootKl } = klAtWinRate(points, rate);
        expect(winRateAtKl(points, squareRootKl)?.rate).toBeCloseTo(rate, 9);
      }),
    );
  });

  test('leaves a √KL that several points share from the best of them, as winRateAtKl does', () => {
    const points = curve([
      [1, 0.6],
      [1, 0.4],
      [3, 0.7],
    ]);
    expect(klAtWinRate(points, 0.65).squareRootKl).toBeCloseTo(2, 12);
    expect(winRateAtKl(points, 2)?.rate).toBeCloseTo(0.65, 12);
    const kept = points.map((point) => ({
      ...point,
      outcomes: Array.from({ length: 10 }, (_, prompt) => (prompt < 10 * point.rate ? 1 : 0)),
    }));
    expect(klAtWinRate(kept, 0.65).interval).toEqual(klAtWinRate([kept[0]!, kept[2]!], 0.65).interval);
    // Of 1,000 prompts, so that almost all resamples reach the rate.
    const many = kept.map((point) => ({
      ...point,
      outcomes: point.outcomes.flatMap((outcome) => Array.from({ length: 100 }, () => outcome)),
    }));
    expect(klAtWinRateOverSeeds([many], 0.65, { resamples: 100 })?.value).toBeCloseTo(2, 12);
  });

  test.each(fixture.cases)(
    'agrees with NumPy and SciPy’s bootstrap on a run that $name',
    ({ klAtWinRate: expected, ...run }) => {
      const found = klAtWinRate(fixtureCurve(run), expected.rate);
      expect(found.squareRootKl).toBeCloseTo(expected.squareRootKl, 12);
      expect(Math.abs(found.interval!.low - expected.interval.low)).toBeLessThan(0.015);
      expect(Math.abs(found.interval!.high - expected.interval.high)).toBeLessThan(0.015);
    },
  );

  test('a rate that is never reached costs infinitely much', () => {
    const result = klAtWinRate(
      sampled(
        [
          [1, 0.5],
          [2, 0.6],
        ],
        5,
      ),
      0.99,
      { resamples: 200 },
    );
    expect(result).toMatchObject({ squareRootKl: Infinity, reached: 0 });
    expect(result.interval).toEqual({ low: Infinity, high: Infinity });
  });

  test('holds its estimate in its interval', () => {
    const result = klAtWinRate(
      sampled(
        [
          [0, 0.4],
          [2, 0.5],
          [6, 0.8],
        ],
        5,
      ),
      0.65,
    );
    expect(result.reached).toBe(1);
    expect(result.interval!.low).toBeLessThan(result.squareRootKl);
    expect(result.interval!.high).toBeGreaterThan(result.squareRootKl);
    expect(result.squareRootKl).toBeCloseTo(4, 0);
  });

  test('without outcomes there is no interval', () => {
    expect(klAtWinRate(curve([[1, 0.5]]), 0.4)).toEqual({
      squareRootKl: 1,
      interval: undefined,
      reached: undefined,
    });
    expect(() => klAtWinRate([], 0.5)).toThrow(/at least one evaluation/);
  });

  test.each([50, -0.1, Number.NaN])('refuses to look for the rate %d', (rate) => {
    expect(() => klAtWinRate(curve([[1, 0.5]]), rate)).toThrow(
      expect.objectContaining({ name: 'GoldEvalError', code: 'invalid-value' }),
    );
  });
});
