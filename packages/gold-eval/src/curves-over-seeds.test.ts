import { describe, expect, test } from 'vitest';
import fixture from '../fixtures/seeds.json' with { type: 'json' };
import { fixtureCurve } from '../test/fixture-curve.js';
import {
  compareAtKlOverSeeds,
  fallOverSeeds,
  frontierOverSeeds,
  klAtWinRateOverSeeds,
  peakOverSeeds,
  type SeedCurves,
} from './curves-over-seeds.js';
import { compareAtKl, klAtWinRate } from './frontier.js';
import { randomStream } from './random-stream.js';
import type { SeedsEstimate } from './seeds-interval.js';

const adaptive: SeedCurves = fixture.adaptive.map(fixtureCurve);
const plain: SeedCurves = fixture.plain.map(fixtureCurve);

function expectLikeSciPy(
  found: SeedsEstimate | undefined,
  expected: { perSeed: readonly number[]; promptError: number },
  range: number,
  places: number,
): void {
  // What an error has at least, which a bootstrap does not know of.
  const prompts = fixture.plain[0]!.outcomes[0]!.length;
  const error = Math.hypot(expected.promptError, range / (2 * Math.sqrt(prompts * (prompts + 1))));
  for (const [index, value] of expected.perSeed.entries())
    expect(found?.perSeed[index]).toBeCloseTo(value, 12);
  expect((found?.promptError ?? Number.NaN) / error).toBeCloseTo(1, places);
}

describe('compareAtKlOverSeeds', () => {
  test('agrees with SciPy: interpolated differences exactly, their error within the noise of its bootstrap', () => {
    const found = compareAtKlOverSeeds(adaptive, plain);
    expect(found?.squareRootKls).toEqual(fixture.atKl.squareRootKls);
    expectLikeSciPy(found, fixture.atKl, 2, 1.5);
    expect(found).toMatchObject({ covers: 'seeds and prompts' });
    expect(found!.low).toBeGreaterThan(0);
  });

  test('with one seed it is the paired comparison at that √KL', () => {
    const one = compareAtKlOverSeeds(adaptive.slice(0, 1), plain.slice(0, 1));
    const single = compareAtKl(adaptive[0]!, plain[0]!);
    expect(one?.value).toBeCloseTo(single!.difference, 12);
    expect(one?.low).toBeCloseTo(single!.low, 1.5);
    expect(one?.covers).toBe('prompts');
  });

  test('swapping the methods turns the sign', () => {
    const forth = compareAtKlOverSeeds(adaptive, plain);
    const back = compareAtKlOverSeeds(plain, adaptive);
    expect(back?.low).toBeCloseTo(-forth!.high, 12);
  });

  test('is undefined where the curves share no √KL, and refuses other seeds or no outcomes', () => {
    const far = plain.map((points) =>
      points.map((point) => ({ ...point, squareRootKl: point.squareRootKl + 9 })),
    );
    expect(compareAtKlOverSeeds(adaptive, far)).toBeUndefined();
    expect(() => compareAtKlOverSeeds(adaptive, plain.slice(1))).toThrow(/the same seeds/);
    const bare = plain.map((points) => points.map(({ outcomes: _, ...point }) => point));
    expect(() => compareAtKlOverSeeds(adaptive, bare)).toThrow(
      expect.objectContaining({ name: 'GoldEvalError', code: 'LENGTHS' }),
    );
  });
});

describe('fallOverSeeds', () => {
  test('agrees with SciPy and is bounded at Bonferroni’s confidence', () => {
    const found = fallOverSeeds(plain);
    const means = fixture.falls.map(({ perSeed }) => perSeed.reduce((sum, value) => sum + value, 0) / 3);
    expect(found.peakIndex).toBe(means.indexOf(Math.max(...means)));
    expectLikeSciPy(found, fixture.falls[found.peakIndex]!, 2, 1.5);
    expect(found.significant).toBe(true);
    expect(found.low).toBeGreaterThan(0);
    expect(found.low).toBeLessThan(found.value);
  });

  test('of a run that ends at its peak it is 0, with what it could be at most', () => {
    const found = fallOverSeeds(adaptive);
    expect(found).toMatchObject({ value: 0, low: 0, peakIndex: 4, significant: false });
    expect(found.high).toBeLessThan(0.12);
    const few = fallOverSeeds(
      adaptive.map((points) => points.map((p) => ({ ...p, outcomes: p.outcomes!.slice(0, 12) }))),
    );
    expect(few.high).toBeGreaterThan(found.high);
  });

  test('calls noise a fall no more often than it promises', () => {
    const random = randomStream(11);
    const trials = 300;
    let alarms = 0;
    for (let trial = 0; trial < trials; trial++) {
      const curves = Array.from({ length: 3 }, () =>
        fixtureCurve({
          squareRootKls: [0, 1, 2, 3, 4, 5],
          outcomes: Array.from({ length: 6 }, () =>
            Array.from({ length: 64 }, () => (random() < 0.6 ? 1 : 0)),
          ),
        }),
      );
      if (fallOverSeeds(curves).significant) alarms++;
    }
    expect(alarms / trials).toBeLessThan(0.05 + 4 * Math.sqrt((0.05 * 0.95) / trials));
  });

  test('refuses seeds with different evaluations', () => {
    expect(() => fallOverSeeds([plain[0]!, plain[1]!.slice(1)])).toThrow(/the same evaluations/);
    expect(() => fallOverSeeds([])).toThrow(/the same evaluations/);
  });
});

describe('peakOverSeeds', () => {
  test('agrees with SciPy', () => {
    const { rate, squareRootKl } = peakOverSeeds(plain, { resamples: 4000 });
    expectLikeSciPy(rate, fixture.peak, 1, 1);
    for (const [seed, kl] of squareRootKl.perSeed.entries()) {
      const best = plain[seed]!.toSorted((a, b) => b.rate - a.rate)[0]!;
      expect(best.squareRootKl).toBe(kl);
    }
  });
});

describe('frontierOverSeeds', () => {
  const band = frontierOverSeeds(plain, { resamples: 4000 });

  test('agrees with SciPy at any √KL', () => {
    for (const { squareRootKl, perSeed, promptError } of fixture.frontier) {
      const found = band.findLast((point) => point.squareRootKl <= squareRootKl)!;
      expect(found.rate).toBeCloseTo(perSeed.reduce((sum, value) => sum + value, 0) / 3, 12);
      // At least as wide as the prompts alone make it.
      expect(found.high - found.low).toBeGreaterThan(2 * 1.95 * promptError * 0.93);
    }
  });

  test('has one point for each evaluation, at its mean √KL, and never falls', () => {
    const kls = [0, 1, 2, 3, 4].map(
      (at) => plain.reduce((sum, points) => sum + points[at]!.squareRootKl, 0) / 3,
    );
    expect(band.map(({ squareRootKl }) => squareRootKl)).toEqual(kls.map((kl) => expect.closeTo(kl, 12)));
    for (const [index, { rate, low, high }] of band.entries()) {
      expect(rate).toBeGreaterThanOrEqual(band[index - 1]?.rate ?? 0);
      expect(low).toBeLessThanOrEqual(rate);
      expect(high).toBeGreaterThanOrEqual(rate);
    }
    // The order in which the evaluations come makes no difference.
    const turned = frontierOverSeeds(
      plain.map((points) => points.toReversed()),
      { resamples: 4000 },
    );
    expect(turned).toEqual(band);
  });

  test('refuses seeds with different evaluations', () => {
    expect(() => frontierOverSeeds([plain[0]!, plain[1]!.slice(1)])).toThrow(/the same evaluations/);
  });
});

describe('klAtWinRateOverSeeds', () => {
  test('is the mean of each seed’s first crossing', () => {
    const found = klAtWinRateOverSeeds(adaptive, 0.5);
    const each = adaptive.map((points) => klAtWinRate(points, 0.5, { resamples: 100 }).squareRootKl);
    expect(found?.perSeed).toEqual(each);
    expect(found!.low).toBeLessThan(found!.value);
  });

  test('says nothing where a seed never reaches the rate', () => {
    expect(klAtWinRateOverSeeds(plain, 0.9)).toBeUndefined();
    const highest = Math.max(...plain[0]!.map(({ rate }) => rate));
    expect(klAtWinRateOverSeeds(plain.slice(0, 1), highest)).toBeUndefined();
  });
});
