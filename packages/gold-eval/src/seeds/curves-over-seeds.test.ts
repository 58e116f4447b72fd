import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/seeds.json' with { type: 'json' };
import { fixtureCurve } from '../../test/fixture-curve.js';
import { compareAtKl, klAtWinRate } from '../frontier/frontier.js';
import { frontierBand } from '../frontier/frontier-band.js';
import { randomStream } from '../statistics/random-stream.js';
import {
  compareAtKlOverSeeds,
  fallOverSeeds,
  frontierOverSeeds,
  klAtWinRateOverSeeds,
  peakOverSeeds,
  type SeedCurves,
} from './curves-over-seeds.js';
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

  test('compares at a share of the largest √KL of each seed, or at one √KL for all', () => {
    const whole = compareAtKlOverSeeds(adaptive, plain);
    expect(compareAtKlOverSeeds(adaptive, plain, { share: 1 })).toEqual(whole);
    const half = compareAtKlOverSeeds(adaptive, plain, { share: 0.5 });
    expect(half?.squareRootKls).toEqual(whole?.squareRootKls.map((kl) => 0.5 * kl));
    const given = compareAtKlOverSeeds(adaptive, plain, { squareRootKl: 1.3 });
    expect(given?.squareRootKls).toEqual([1.3, 1.3, 1.3]);
    for (const [found, kl] of [half, given].map((one) => [one, one?.squareRootKls[0]] as const)) {
      const single = compareAtKl(adaptive[0]!, plain[0]!, { squareRootKl: kl!, resamples: 100 });
      expect(found?.perSeed[0]).toBeCloseTo(single!.difference, 12);
    }
    expect(compareAtKlOverSeeds(adaptive, plain, { squareRootKl: 99 })).toBeUndefined();
    const wide = compareAtKlOverSeeds(adaptive, plain, { confidence: 0.99 });
    expect(wide!.low).toBeLessThan(whole!.low);
  });

  test.each([
    [{ share: 0 }, /got 0/],
    [{ share: 1.5 }, /got 1.5/],
    [{ share: Number.NaN }, /got NaN/],
    [{ share: 0.5, squareRootKl: 1 }, /give either squareRootKl or share/],
  ])('refuses %s', (options, message) => {
    const run = () => compareAtKlOverSeeds(adaptive, plain, options);
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ name: 'GoldEvalError', code: 'invalid-option' }));
  });

  test('is undefined where the curves share no √KL, and refuses other seeds or no outcomes', () => {
    const far = plain.map((points) =>
      points.map((point) => ({ ...point, squareRootKl: point.squareRootKl + 9 })),
    );
    expect(compareAtKlOverSeeds(adaptive, far)).toBeUndefined();
    expect(() => compareAtKlOverSeeds(adaptive, plain.slice(1))).toThrow(/the same seeds/);
    const bare = plain.map((points) => points.map(({ outcomes: _, ...point }) => point));
    expect(() => compareAtKlOverSeeds(adaptive, bare)).toThrow(
      expect.objectContaining({ name: 'GoldEvalError', code: 'invalid-lengths' }),
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

  test('of one evaluation, or few prompts, it is a share at most', () => {
    const first = adaptive.map((points) => points.slice(0, 1));
    expect(fallOverSeeds(first)).toMatchObject({ value: 0, low: 0 });
    const [one] = fixtureCurve({ squareRootKls: [0], outcomes: [[1]] });
    expect(fallOverSeeds([[one!]]).high).toBe(1);
  });

  test('refuses seeds with different evaluations, and a confidence in percent', () => {
    expect(() => fallOverSeeds([plain[0]!, plain[1]!.slice(1)])).toThrow(/the same evaluations/);
    expect(() => fallOverSeeds([])).toThrow(/the same evaluations/);
    expect(() => fallOverSeeds(plain, 95)).toThrow(/got 95;/);
  });
});

/** Curves of ten equally good evaluations, each seed's outcomes drawn for the same prompts. */
function levelCurves(seeds: number, rate: number, random: () => number): SeedCurves {
  const difficulty = Array.from({ length: 128 }, random);
  return Array.from({ length: seeds }, () =>
    fixtureCurve({
      squareRootKls: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      outcomes: Array.from({ length: 10 }, () =>
        difficulty.map((threshold) => ((random() < 0.3 ? threshold : random()) < rate ? 1 : 0)),
      ),
    }),
  );
}

describe.each([
  [1, 0.5],
  [1, 0.97],
  [3, 0.5],
])('with %i seeds and ten evaluations that all win %d', (seeds, truth) => {
  test.each([
    ['the peak', (curves: SeedCurves) => [peakOverSeeds(curves, { resamples: 100 }).rate]],
    ['the frontier', (curves: SeedCurves) => frontierOverSeeds(curves)],
  ])('%s holds the truth about as often as it says', (_, intervals) => {
    const random = randomStream(19);
    const trials = 100;
    let covered = 0;
    for (let trial = 0; trial < trials; trial++) {
      const found = intervals(levelCurves(seeds, truth, random));
      if (found.every(({ low, high }) => low <= truth && truth <= high)) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.95 - 4 * Math.sqrt((0.95 * 0.05) / trials));
  });
});

describe('peakOverSeeds', () => {
  const { rate, squareRootKl } = peakOverSeeds(plain);

  test('is the peak of the mean curve, with SciPy’s bounds', () => {
    const expected = fixture.frontier.at(-1)!;
    expect(rate.value).toBeCloseTo(expected.rate, 12);
    expect(rate.low).toBeCloseTo(expected.low, 7);
    expect(rate.high).toBeCloseTo(expected.high, 7);
    expect(rate.perSeed).toEqual(plain.map((points) => points[2]!.rate));
  });

  test('is at each seed’s own best', () => {
    for (const [seed, kl] of squareRootKl.perSeed.entries()) {
      const best = plain[seed]!.toSorted((a, b) => b.rate - a.rate)[0]!;
      expect(best.squareRootKl).toBe(kl);
    }
  });

  test('lies between 0 and 1, and refuses what it cannot use', () => {
    const few = plain.map((points) => points.map((p) => ({ ...p, outcomes: p.outcomes!.slice(0, 2) })));
    const { low, high } = peakOverSeeds(few).rate;
    expect([low, high]).toEqual([0, 1]);
    expect(() => peakOverSeeds([plain[0]!, plain[1]!.slice(1)])).toThrow(/the same evaluations/);
    expect(() => peakOverSeeds(plain, { confidence: 95 })).toThrow(/got 95;/);
  });
});

describe('frontierOverSeeds', () => {
  const band = frontierOverSeeds(plain);

  test('agrees with SciPy', () => {
    expect(band).toHaveLength(fixture.frontier.length);
    for (const [index, { squareRootKl, rate, low, high }] of band.entries()) {
      const expected = fixture.frontier[index]!;
      expect(squareRootKl).toBeCloseTo(expected.squareRootKl, 12);
      expect(rate).toBeCloseTo(expected.rate, 12);
      expect(low).toBeCloseTo(expected.low, 7);
      expect(high).toBeCloseTo(expected.high, 7);
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
    expect(frontierOverSeeds(plain.map((points) => points.toReversed()))).toEqual(band);
  });

  test('of one seed it is the band of its curve', () => {
    for (const [index, point] of frontierOverSeeds(plain.slice(0, 1)).entries()) {
      const expected = frontierBand(plain[0]!)[index]!;
      for (const key of ['squareRootKl', 'rate', 'low', 'high'] as const)
        expect(point[key]).toBeCloseTo(expected[key], 12);
    }
  });

  test('refuses seeds with different evaluations, and a bad √KL', () => {
    expect(() => frontierOverSeeds([plain[0]!, plain[1]!.slice(1)])).toThrow(/the same evaluations/);
    const lost = plain.map((points) => points.map((point) => ({ ...point, squareRootKl: Number.NaN })));
    expect(() => frontierOverSeeds(lost)).toThrow(/the √KL of evaluation 0 must be ≥ 0, got NaN/);
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
    expect(() => klAtWinRateOverSeeds(plain, 50)).toThrow(/between 0 and 1, got 50/);
  });
});
