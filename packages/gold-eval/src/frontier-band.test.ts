import { describe, expect, test } from 'vitest';
import fixture from '../fixtures/curves.json' with { type: 'json' };
import { fixtureCurve } from '../test/fixture-curve.js';
import { winRateKlFrontier } from './frontier.js';
import { frontierBand } from './frontier-band.js';
import type { EvaluationPoint } from './over-optimization.js';
import { randomStream } from './random-stream.js';
import { wilsonInterval } from './wilson-interval.js';

/** Evaluations whose outcomes are independent draws. */
function drawn(shape: readonly (readonly [number, number])[], seed: number, n: number): EvaluationPoint[] {
  const random = randomStream(seed);
  return shape.map(([squareRootKl, probability]) => {
    const outcomes = Array.from({ length: n }, () => (random() < probability ? 1 : 0));
    const rate = outcomes.reduce<number>((sum, outcome) => sum + outcome, 0) / n;
    return { fraction: squareRootKl, squareRootKl, rate, n, outcomes };
  });
}

const rising = [
  [1, 0.4],
  [2, 0.6],
  [3, 0.8],
] as const;

describe('frontierBand', () => {
  test.each(fixture.cases)(
    'agrees with NumPy and SciPy’s bootstrap on a run that $name',
    ({ frontier, ...run }) => {
      const band = frontierBand(fixtureCurve(run), { resamples: 10_000 });
      expect(band.map(({ squareRootKl }) => squareRootKl)).toEqual(
        frontier.map(({ squareRootKl }) => squareRootKl),
      );
      for (const [index, { rate, low, high }] of band.entries()) {
        const expected = frontier[index]!;
        expect(rate).toBeCloseTo(expected.rate, 12);
        // One comparison in 160 is 0.006.
        expect(Math.abs(low - expected.low)).toBeLessThan(0.0075);
        expect(Math.abs(high - expected.high)).toBeLessThan(0.0075);
      }
    },
  );

  test('its rates are those of the frontier, held until a better point comes', () => {
    const points = drawn(
      [
        [3, 0.7],
        [1, 0.6],
        [2, 0.3],
        [2, 0.8],
      ],
      5,
      300,
    );
    const band = frontierBand(points, { resamples: 200 });
    const frontier = winRateKlFrontier(points);
    expect(band.map(({ squareRootKl }) => squareRootKl)).toEqual([1, 2, 3]);
    for (const { squareRootKl, rate, low, high } of band) {
      expect(rate).toBe(frontier.findLast((point) => point.squareRootKl <= squareRootKl)?.rate);
      expect(low).toBeLessThan(rate);
      expect(high).toBeGreaterThan(rate);
    }
  });

  test('where one point is far the best its band is the interval of that rate', () => {
    const points = drawn(rising, 8, 400);
    for (const { rate, low, high } of frontierBand(points, { resamples: 4000 })) {
      const wilson = wilsonInterval(Math.round(rate * 400), 400);
      expect(low).toBeCloseTo(wilson.low, 1.7);
      expect(high).toBeCloseTo(wilson.high, 1.7);
    }
  });

  test('it covers the true frontier about as often as it says', () => {
    const trials = 150;
    const covered = [0, 0, 0];
    for (let trial = 0; trial < trials; trial++) {
      const band = frontierBand(drawn(rising, 100 + trial, 150), { resamples: 300, seed: trial });
      for (const [place, { low, high }] of band.entries()) {
        const truth = rising[place]?.[1] ?? Number.NaN;
        if (low <= truth && truth <= high) covered[place] = (covered[place] ?? 0) + 1;
      }
    }
    // Four standard errors of the trials below 95 %.
    const least = 0.95 - 4 * Math.sqrt((0.95 * 0.05) / trials);
    for (const count of covered) expect(count / trials).toBeGreaterThan(least);
  });

  test.each([
    ['no point', []],
    ['a point without outcomes', drawn(rising, 1, 10).map(({ outcomes: _, ...point }) => point)],
    ['points of different prompts', [...drawn([[1, 0.5]], 1, 10), ...drawn([[2, 0.5]], 1, 11)]],
  ])('refuses %s', (_, points) => {
    expect(() => frontierBand(points)).toThrow(
      expect.objectContaining({ name: 'GoldEvalError', code: 'LENGTHS' }),
    );
  });
});
