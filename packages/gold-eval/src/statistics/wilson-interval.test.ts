import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/statistics.json' with { type: 'json' };
import { simultaneousConfidence } from './confidence.js';
import { studentQuantile } from './student-quantile.js';
import { clusteredWilson, wilsonInterval } from './wilson-interval.js';

describe('wilsonInterval', () => {
  test('equals statsmodels', () => {
    for (const { count, n, confidence, low, high } of fixture.wilson) {
      const interval = wilsonInterval(count, n, confidence);
      expect(interval.low).toBeCloseTo(low, 12);
      expect(interval.high).toBeCloseTo(high, 12);
    }
  });

  test('holds its proportion, stays inside [0, 1], and mirrors', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 100_000 })
          .chain((n) => fc.tuple(fc.integer({ min: 0, max: 2 * n }), fc.constant(n))),
        fc.double({ min: 0.01, max: 0.9999, noNaN: true }),
        ([halves, n], confidence) => {
          const { low, high } = wilsonInterval(halves / 2, n, confidence);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(halves / 2 / n);
          expect(high).toBeGreaterThanOrEqual(halves / 2 / n);
          const mirrored = wilsonInterval(n - halves / 2, n, confidence);
          expect(mirrored.low).toBeCloseTo(1 - high, 12);
        },
      ),
    );
  });

  test('is an interval at the confidence nearest to 1', () => {
    const confidence = 1 - 2 ** -53;
    const { low, high } = wilsonInterval(1, 10, confidence);
    expect(low).toBeLessThan(wilsonInterval(1, 10, 1 - 2 ** -52).low);
    expect(high).toBeLessThan(1);
    expect(() => studentQuantile(confidence, 30)).toThrow(
      expect.objectContaining({ name: 'GoldEvalError', code: 'invalid-option' }),
    );
  });

  test.each([
    [3, 2, 0.95],
    [-1, 2, 0.95],
    [0, 0, 0.95],
    [1, 2, 1],
    [1, 2, 0],
    [1, 2, Number.NaN],
  ])('refuses %s of %s at %s', (successes, trials, confidence) => {
    expect(() => wilsonInterval(successes, trials, confidence)).toThrow(
      expect.objectContaining({ name: 'GoldEvalError' }),
    );
  });
});

describe('clusteredWilson', () => {
  const outcomes = Array.from({ length: 60 }, (_, index) => (index % 4 === 0 ? 1 : 0));

  test('is Wilson’s where every prompt is its own cluster, or none are named', () => {
    const own = outcomes.map((_, index) => index);
    for (const clusters of [own, undefined]) {
      const { low, high } = clusteredWilson(outcomes, clusters);
      expect(low).toBeCloseTo(wilsonInterval(15, 60).low, 12);
      expect(high).toBeCloseTo(wilsonInterval(15, 60).high, 12);
    }
  });

  test('is that of as many prompts as there are clusters, where those agree', () => {
    const each = outcomes.flatMap((outcome) => [outcome, outcome, outcome]);
    const { low, high } = clusteredWilson(
      each,
      each.map((_, index) => Math.floor(index / 3)),
    );
    expect(low).toBeCloseTo(wilsonInterval(15, 60).low, 2);
    expect(high).toBeCloseTo(wilsonInterval(15, 60).high, 2);
  });

  test('of outcomes without spread it knows no more than the number of clusters', () => {
    expect(clusteredWilson([1, 1, 1, 1], [0, 0, 1, 1]).low).toBeCloseTo(wilsonInterval(2, 2).low, 12);
    expect(clusteredWilson([1, 1], [0, 0]).low).toBeCloseTo(wilsonInterval(1, 1).low, 12);
  });

  test.each([
    ['rewards', [3, -1, 0.5, 0], undefined, 'invalid-value', /outcome 0 must be 1, ½, or 0/],
    ['a missing cluster', [1, 0], [0, undefined], 'invalid-value', /cluster of prompt 1 must be a number/],
    ['too few clusters', [1, 0], [0], 'invalid-lengths', /each of the 2 prompts, got 1/],
  ])('refuses %s', (_, given, clusters, code, message) => {
    const run = () => clusteredWilson(given, clusters as number[] | undefined);
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ name: 'GoldEvalError', code }));
  });
});

test.each([0, -1, 1.5, Number.NaN])('there are no %s intervals that hold at once', (count) => {
  expect(() => simultaneousConfidence(count)).toThrow(
    expect.objectContaining({ name: 'GoldEvalError', code: 'invalid-option' }),
  );
});
