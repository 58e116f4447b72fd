import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/divergences.json' with { type: 'json' };
import { logCorrelation, mixtureStudy } from './mixture-study.js';

describe('mixtureStudy', () => {
  test.each([0, 1, 2, 3])(
    'seed %i: the unweighted loss does not follow KL, the weighted one does',
    (seed) => {
      const { correlation } = mixtureStudy({ seed, alphas: [] });
      expect(correlation.muWeighted).toBeGreaterThan(0.15);
      expect(correlation.muWeighted).toBeLessThan(0.25);
      expect(correlation.importanceWeighted).toBeGreaterThan(0.7);
    },
  );

  test('expectations, from NumPy on a grid of 40,001 points', () => {
    const { muWeighted, importanceWeighted } = mixtureStudy({ pairs: 2, alphas: [], seed: 4 });
    expect(muWeighted.correlation.expected).toBeCloseTo(0.203, 3);
    expect(importanceWeighted.correlation.expected).toBeCloseTo(0.9, 3);
  });

  test('many pairs converge to the expectations', () => {
    const { muWeighted, importanceWeighted, smoothed } = mixtureStudy({
      pairs: 200_000,
      thetas: [-0.8, 0.1],
      alphas: [0.5],
      seed: 9,
    });
    for (const loss of [muWeighted, importanceWeighted, ...smoothed]) {
      for (const [index, value] of loss.sampled.entries()) {
        expect(value / loss.expected[index]!).toBeGreaterThan(0.9);
        expect(value / loss.expected[index]!).toBeLessThan(1.1);
      }
    }
  });

  test('repeats itself for a seed', () => {
    const small = { pairs: 50, thetas: [0, 0.2, 0.5], alphas: [0.5] };
    expect(mixtureStudy({ ...small, seed: 5 })).toEqual(mixtureStudy({ ...small, seed: 5 }));
    expect(mixtureStudy({ ...small, seed: 5 })).not.toEqual(mixtureStudy({ ...small, seed: 6 }));
  });

  test.each([
    [{ seed: 0.5 }, 'invalid-option'],
    [{ pairs: 1 }, 'invalid-option'],
    [{ thetas: [0] }, 'invalid-option'],
    [{ alphas: [0.5, Number.NaN] }, 'invalid-option'],
    [{ thetas: [0, Number.NaN] }, 'invalid-value'],
    [{ policyStandardDeviation: 0 }, 'invalid-value'],
    [{ policyStandardDeviation: -0.1 }, 'invalid-value'],
    [{ policyStandardDeviation: Number.NaN }, 'invalid-value'],
    [{ policyStandardDeviation: 1e-9 }, 'invalid-value'],
  ])('refuses %s', (options, code) => {
    const run = () => mixtureStudy({ pairs: 50, ...options });
    expect(run).toThrow(expect.objectContaining({ name: 'KlError', code }));
    expect(run).not.toThrow(/logarithm/);
  });
});

describe('logCorrelation', () => {
  test('agrees with SciPy’s Pearson correlation', () => {
    const { first, second, correlation } = fixture.correlation;
    expect(logCorrelation(first, second)).toBeCloseTo(correlation, 12);
  });

  test('is 1 for a power law and refuses what has no logarithm', () => {
    expect(logCorrelation([1, 2, 4], [1, 4, 16])).toBeCloseTo(1, 14);
    expect(logCorrelation([1, 2, 4], [1, 0.5, 0.25])).toBeCloseTo(-1, 14);
    expect(() => logCorrelation([1, 0], [1, 1])).toThrow(/logarithm/);
    expect(() => logCorrelation([1], [1, 2])).toThrow(/same length, got 1 and 2/);
  });
});
