import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/statistics.json' with { type: 'json' };
import { mcnemar } from './mcnemar.js';

describe('mcnemar', () => {
  test('equals statsmodels and SciPy', () => {
    for (const { b, c, exact, midP } of fixture.mcnemar) {
      const result = mcnemar(b, c);
      expect(result.exact).toBeCloseTo(exact, 10);
      expect(result.midP).toBeCloseTo(midP, 10);
    }
  });

  test('does not know which policy came first, and mid-p is the smaller', () => {
    const count = fc.integer({ min: 0, max: 3000 });
    fc.assert(
      fc.property(count, count, (b, c) => {
        const result = mcnemar(b, c);
        expect(mcnemar(c, b)).toEqual(result);
        expect(result.midP).toBeLessThanOrEqual(result.exact);
        expect(result.midP).toBeGreaterThanOrEqual(0);
        expect(result.exact).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('policies that differ nowhere are not told apart', () => {
    expect(mcnemar(0, 0)).toEqual({ exact: 1, midP: 1 });
  });

  test.each([-1, 0.5, Number.NaN])('refuses the count %s', (count) => {
    expect(() => mcnemar(count, 1)).toThrow(
      expect.objectContaining({ name: 'GoldEvalError', code: 'invalid-value' }),
    );
  });
});
