import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/seeds.json' with { type: 'json' };
import { fixtureCurve } from '../../test/fixture-curve.js';
import { plain } from '../../test/seed-fixtures.js';
import { frontierBand } from '../frontier/frontier-band.js';
import { randomStream } from '../statistics/random-stream.js';
import { frontierOverSeeds } from './frontier-over-seeds.js';
import { peakOverSeeds } from './peak-over-seeds.js';
import type { SeedCurves } from './seed-curves.js';

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

  test('has one point for each evaluation of its own mean √KL, and never falls', () => {
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

  test('of evaluations at one √KL it has one point, as the band of a curve', () => {
    const curve = fixtureCurve({
      squareRootKls: [1, 1, 2],
      outcomes: [
        [1, 0, 0, 0],
        [1, 1, 1, 1],
        [0, 0, 0, 1],
      ],
    });
    const found = frontierOverSeeds([curve]);
    expect(found.map(({ squareRootKl, rate }) => [squareRootKl, rate])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(found).toEqual(frontierBand(curve));
  });

  test('refuses seeds with different evaluations, and a bad √KL', () => {
    expect(() => frontierOverSeeds([plain[0]!, plain[1]!.slice(1)])).toThrow(/the same evaluations/);
    const lost = plain.map((points) => points.map((point) => ({ ...point, squareRootKl: Number.NaN })));
    expect(() => frontierOverSeeds(lost)).toThrow(/the √KL of evaluation 0 must be ≥ 0, got NaN/);
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
