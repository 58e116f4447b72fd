import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/seeds.json' with { type: 'json' };
import { adaptive, expectLikeSciPy, plain } from '../../test/seed-fixtures.js';
import { compareAtKl } from '../frontier/compare-at-kl.js';
import { compareAtKlOverSeeds } from './compare-at-kl-over-seeds.js';

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
