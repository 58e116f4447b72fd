import { describe, expect, test } from 'vitest';
import { adaptive, plain } from '../../test/seed-fixtures.js';
import { klAtWinRate } from '../frontier/kl-at-win-rate.js';
import { klAtWinRateOverSeeds } from './kl-at-win-rate-over-seeds.js';

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
