import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/curves.json' with { type: 'json' };
import { fixtureCurve } from '../../test/fixture-curve.js';
import { randomStream } from '../statistics/random-stream.js';
import { compareAtKl, klAtWinRate, winRateAtKl, winRateKlFrontier } from './frontier.js';
import type { EvaluationPoint } from './over-optimization.js';

function curve(points: readonly (readonly [number, number])[], n: number = 512): EvaluationPoint[] {
  return points.map(([squareRootKl, rate]) => ({ fraction: squareRootKl, squareRootKl, rate, n }));
}

function sampled(
  points: readonly (readonly [number, number])[],
  seed: number,
  n: number = 400,
): EvaluationPoint[] {
  const difficulty = randomStream(99);
  const thresholds = Array.from({ length: n }, () => difficulty());
  const random = randomStream(seed);
  return points.map(([squareRootKl, rate]) => {
    const outcomes = thresholds.map((threshold) => (0.8 * threshold + 0.2 * random() < rate ? 1 : 0));
    const mean = outcomes.reduce<number>((sum, value) => sum + value, 0) / n;
    return { fraction: squareRootKl, squareRootKl, rate: mean, n, outcomes };
  });
}

const anyCurve = fc.array(
  fc.tuple(fc.double({ min: 0, max: 20, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
  { minLength: 1, maxLength: 12 },
);

describe('winRateKlFrontier', () => {
  test('no point of it is beaten, and every other point is', () => {
    fc.assert(
      fc.property(anyCurve, (pairs) => {
        const points = curve(pairs);
        const frontier = winRateKlFrontier(points);
        for (const point of points) {
          const beaten = points.some(
            (other) => other.squareRootKl <= point.squareRootKl && other.rate > point.rate,
          );
          if (frontier.includes(point)) expect(beaten).toBe(false);
          else {
            expect(
              frontier.some((other) => other.squareRootKl <= point.squareRootKl && other.rate >= point.rate),
            ).toBe(true);
          }
        }
      }),
    );
  });
});

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

test.each([Number.NaN, -1])('the √KL %d is refused, not left out', (squareRootKl) => {
  const points = curve([
    [1, 0.5],
    [squareRootKl, 0.9],
    [3, 0.7],
  ]);
  for (const read of [
    () => winRateKlFrontier(points),
    () => winRateAtKl(points, 2),
    () => compareAtKl(points, points),
    () => klAtWinRate(points, 0.6),
  ]) {
    expect(read).toThrow(`the √KL of evaluation 1 must be ≥ 0, got ${squareRootKl}`);
    expect(read).toThrow(expect.objectContaining({ name: 'GoldEvalError', code: 'invalid-value' }));
  }
});
