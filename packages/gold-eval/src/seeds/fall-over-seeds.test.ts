import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/seeds.json' with { type: 'json' };
import { fixtureCurve } from '../../test/fixture-curve.js';
import { adaptive, expectLikeSciPy, plain } from '../../test/seed-fixtures.js';
import { randomStream } from '../statistics/random-stream.js';
import { fallOverSeeds } from './fall-over-seeds.js';

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
