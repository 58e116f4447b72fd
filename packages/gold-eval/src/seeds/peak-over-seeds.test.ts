import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/seeds.json' with { type: 'json' };
import { plain } from '../../test/seed-fixtures.js';
import { peakOverSeeds } from './peak-over-seeds.js';

describe('peakOverSeeds', () => {
  const { rate, squareRootKl } = peakOverSeeds(plain);

  test('is the peak of the mean curve, with SciPy’s bounds', () => {
    const expected = fixture.frontier.at(-1)!;
    expect(rate.value).toBeCloseTo(expected.rate, 12);
    expect(rate.low).toBeCloseTo(expected.low, 7);
    expect(rate.high).toBeCloseTo(fixture.peakHigh, 7);
    expect(rate.high).toBeLessThan(expected.high);
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
