import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/statistics.json' with { type: 'json' };
import { bootstrapInterval } from '../statistics/bootstrap.js';
import { meanWithError } from '../statistics/mean-error.js';
import { normalUpperTail } from '../statistics/normal-distribution.js';
import { comparePolicies } from './compare-policies.js';

const outcome = fc.constantFrom(0, 0.5, 1);

describe('comparePolicies', () => {
  test('a known example', () => {
    const result = comparePolicies([1, 1, 0.5, 0], [0, 1, 0, 0.5], { seed: 3 });
    expect(result).toMatchObject({ difference: 0.25, firstBetter: 2, secondBetter: 1, n: 4, exact: 1 });
    expect(result.midP).toBeCloseTo(0.625, 12);
  });

  test('swapping the policies turns the sign and keeps the p-value', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(outcome, outcome), { minLength: 2, maxLength: 40 }), (pairs) => {
        const first = pairs.map(([value]) => value);
        const second = pairs.map(([, value]) => value);
        const forth = comparePolicies(first, second, { resamples: 200 });
        const back = comparePolicies(second, first, { resamples: 200 });
        expect(back.difference).toBeCloseTo(-forth.difference, 12);
        expect(back.low).toBeCloseTo(-forth.high, 12);
        expect(back.exact).toBe(forth.exact);
      }),
      { numRuns: 50 },
    );
  });

  test('sees a small constant advantage that two Wilson intervals would not', () => {
    const second = Array.from({ length: 300 }, (_, index) => (index % 2 === 0 ? 1 : 0));
    const first = second.map((value, index) => (index % 20 === 1 ? 1 : value));
    const result = comparePolicies(first, second);
    expect(result.low).toBeGreaterThan(0);
    expect(result.midP).toBeLessThan(0.001);
  });

  test('prompts that belong together are one draw', () => {
    const [first, second] = [
      [1, 1, 0, 1, 0.5, 1],
      [0, 1, 0, 0, 1, 0],
    ] as const;
    const often = (outcomes: readonly number[]) => outcomes.flatMap((outcome) => [outcome, outcome, outcome]);
    const clusters = Array.from({ length: 18 }, (_, prompt) => Math.floor(prompt / 3));
    const { firstBetter, secondBetter, n, ...expected } = comparePolicies(first, second, { resamples: 500 });
    const found = comparePolicies(often(first), often(second), { resamples: 500, clusters });
    expect(found).toMatchObject({ firstBetter: 9, secondBetter: 3, n: 18, exact: expected.exact });
    for (const [key, value] of Object.entries(expected)) {
      expect(found[key as keyof typeof expected]).toBeCloseTo(value, 12);
    }
    expect(() => comparePolicies(first, second, { clusters: [0, 1] })).toThrow(
      /each of the 6 prompts, got 2/,
    );
  });

  test('rounding alone is no difference', () => {
    const result = comparePolicies([0.1 + 0.2, 0.7 + 0.1, 1], [0.3, 0.8, 1]);
    expect(result).toMatchObject({ firstBetter: 0, secondBetter: 0, exact: 1, midP: 1 });
    expect(comparePolicies([0.3 + 1e-9], [0.3]).firstBetter).toBe(1);
  });

  test('refuses different prompts', () => {
    expect(() => comparePolicies([1], [1, 0])).toThrow(
      expect.objectContaining({ name: 'GoldEvalError', code: 'invalid-lengths' }),
    );
    expect(() => comparePolicies([], [])).toThrow(/same prompts/);
  });
});

describe('bootstrapInterval', () => {
  test('agrees with SciPy within the noise of resampling', () => {
    for (const { differences, mean, standardError, low, high } of fixture.bootstrap) {
      const found = meanWithError(differences);
      expect(found.mean).toBeCloseTo(mean, 12);
      expect(found.standardError).toBeCloseTo(standardError, 12);
      const interval = bootstrapInterval(differences, { seed: 11, resamples: 20_000 });
      // A 2.5 % quantile of 20,000 resamples has a standard error of about 0.019 standard errors of the mean.
      expect(Math.abs(interval.low - low)).toBeLessThan(0.1 * standardError);
      expect(Math.abs(interval.high - high)).toBeLessThan(0.1 * standardError);
    }
  });

  test('repeats itself for a seed, and only for that seed', () => {
    const { differences } = fixture.bootstrap[0]!;
    const run = (seed: number) => bootstrapInterval(differences, { seed, resamples: 500 });
    expect(run(5)).toEqual(run(5));
    expect(run(5)).not.toEqual(run(6));
  });

  test('widens with the confidence', () => {
    const { differences } = fixture.bootstrap[1]!;
    const narrow = bootstrapInterval(differences, { confidence: 0.5 });
    const wide = bootstrapInterval(differences, { confidence: 0.99 });
    expect(wide.low).toBeLessThan(narrow.low);
    expect(wide.high).toBeGreaterThan(narrow.high);
  });

  test('of equal differences it has no width, as it says', () => {
    expect(bootstrapInterval([1, 1])).toEqual({ low: 1, high: 1 });
  });

  test.each([Number.NaN, Infinity, undefined, null, '1'])('refuses the difference %s', (difference) => {
    const run = () => bootstrapInterval([1, difference as number, 2]);
    expect(run).toThrow(/difference 1 must be a finite number, got/);
    expect(run).toThrow(expect.objectContaining({ name: 'GoldEvalError', code: 'invalid-value' }));
  });

  test.each([[{ resamples: 10 }], [{ confidence: 95 }], [{ seed: 0.5 }]])('refuses %s', (options) => {
    expect(() => bootstrapInterval([1, 2], options)).toThrow(
      expect.objectContaining({ name: 'GoldEvalError', code: 'invalid-option' }),
    );
  });
});

test('the normal tail equals SciPy, far out too', () => {
  for (const { z, upperTail } of fixture.normal) {
    expect(normalUpperTail(z) / upperTail).toBeCloseTo(1, 5);
  }
});
