import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/curves.json' with { type: 'json' };
import { fixtureCurve } from '../../test/fixture-curve.js';
import { normalUpperTail } from '../statistics/normal-distribution.js';
import { randomStream } from '../statistics/random-stream.js';
import type { EvaluationPoint } from './evaluation-point.js';
import { overOptimization } from './over-optimization.js';

function run(rates: readonly number[], n: number = 512): EvaluationPoint[] {
  return rates.map((rate, index) => ({ fraction: index / rates.length, squareRootKl: index, rate, n }));
}

describe('overOptimization', () => {
  test('finds the peak, where it is, and a fall beyond noise', () => {
    const result = overOptimization(run([0.5, 0.66, 0.6, 0.49]));
    expect(result).toMatchObject({ peakIndex: 1, significant: true });
    expect(result.peak).toMatchObject({ rate: 0.66, squareRootKl: 1, fraction: 0.25 });
    expect(result.fall).toBeCloseTo(0.17, 12);
    const variance = (rate: number): number => {
      const adjusted = (rate * 512 + 2) / 516;
      return (adjusted * (1 - adjusted)) / 516;
    };
    expect(result.standardError).toBeCloseTo(Math.sqrt(variance(0.66) + variance(0.49)), 12);
  });

  test.each(fixture.cases)(
    'agrees with SciPy on a run that $name',
    ({ overOptimization: expected, ...run }) => {
      const found = overOptimization(fixtureCurve(run));
      expect(found.peakIndex).toBe(expected.peakIndex);
      expect(found.fall).toBeCloseTo(expected.fall, 12);
      expect(found.standardError).toBeCloseTo(expected.standardError, 12);
      expect(found.pValue / expected.pValue).toBeCloseTo(1, 7);
    },
  );

  test('a small fall is noise', () => {
    expect(overOptimization(run([0.5, 0.58, 0.56])).significant).toBe(false);
  });

  test('a run that ends at its peak has not fallen', () => {
    expect(overOptimization(run([0.5, 0.55, 0.6]))).toMatchObject({ fall: 0, pValue: 1, significant: false });
    expect(overOptimization(run([0.5]))).toMatchObject({ fall: 0, significant: false });
  });

  test('outcomes of the same prompts make the test sharper', () => {
    const end = Array.from({ length: 400 }, (_, index) => (index < 200 ? 1 : 0));
    const peak = end.map((value, index) => (index >= 200 && index < 216 ? 1 : value));
    const points = [peak, end].map((outcomes, index) => ({
      fraction: index,
      squareRootKl: index,
      rate: outcomes.reduce<number>((sum, value) => sum + value, 0) / outcomes.length,
      n: outcomes.length,
      outcomes,
    }));
    expect(overOptimization(points).significant).toBe(true);
    const unpaired = points.map(({ outcomes: _, ...point }) => point);
    expect(overOptimization(unpaired).significant).toBe(false);
  });

  test.each([1, 2, 10])('a fall on all of %i prompts is not certain', (n) => {
    const points = [1, 0].map((outcome, index) => ({
      fraction: index,
      squareRootKl: index,
      rate: outcome,
      n,
      outcomes: Array.from({ length: n }, () => outcome),
    }));
    const { standardError, pValue } = overOptimization(points);
    expect(standardError).toBeCloseTo(1 / Math.sqrt(n * (n + 1)), 12);
    // √(n(n + 1)) standard errors.
    expect(pValue).toBeCloseTo(normalUpperTail(Math.sqrt(n * (n + 1))), 12);
    expect(overOptimization(points, 0.999).significant).toBe(n === 10);
  });

  test('calls noise a fall no more often than it promises', () => {
    const random = randomStream(2024);
    const trials = 400;
    let alarms = 0;
    for (let trial = 0; trial < trials; trial++) {
      const points = Array.from({ length: 10 }, (_, index) => {
        const outcomes = Array.from({ length: 128 }, () => (random() < 0.6 ? 1 : 0));
        const rate = outcomes.reduce<number>((sum, value) => sum + value, 0) / outcomes.length;
        return { fraction: index / 9, squareRootKl: index, rate, n: 128, outcomes };
      });
      if (overOptimization(points).significant) alarms++;
    }
    // 5 % promised; four standard errors of 400 trials above it.
    expect(alarms / trials).toBeLessThan(0.05 + 4 * Math.sqrt((0.05 * 0.95) / trials));
  });

  test('the p-value lies in [0, 1] and the peak is never below the end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }),
        (rates) => {
          const { fall, pValue, peak } = overOptimization(run(rates));
          expect(fall).toBeGreaterThanOrEqual(0);
          expect(pValue).toBeGreaterThanOrEqual(0);
          expect(pValue).toBeLessThanOrEqual(1);
          expect(peak.rate).toBe(Math.max(...rates));
        },
      ),
    );
  });

  test.each([
    ['no point', [], 'invalid-lengths'],
    ['a rate in percent', run([52]), 'invalid-value'],
  ])('refuses %s', (_, points, code) => {
    expect(() => overOptimization(points)).toThrow(expect.objectContaining({ name: 'GoldEvalError', code }));
  });
});
