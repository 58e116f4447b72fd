import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/curves.json' with { type: 'json' };
import { fixtureCurve } from '../../test/fixture-curve.js';
import { randomStream } from '../statistics/random-stream.js';
import { wilsonInterval } from '../statistics/wilson-interval.js';
import type { EvaluationPoint } from './evaluation-point.js';
import { frontierBand } from './frontier-band.js';
import { winRateKlFrontier } from './win-rate-kl-frontier.js';

/** Evaluations whose outcomes are independent draws. */
function drawn(shape: readonly (readonly [number, number])[], seed: number, n: number): EvaluationPoint[] {
  const random = randomStream(seed);
  return shape.map(([squareRootKl, probability]) => {
    const outcomes = Array.from({ length: n }, () => (random() < probability ? 1 : 0));
    const rate = outcomes.reduce<number>((sum, outcome) => sum + outcome, 0) / n;
    return { fraction: squareRootKl, squareRootKl, rate, n, outcomes };
  });
}

const rising = [
  [1, 0.4],
  [2, 0.6],
  [3, 0.8],
] as const;

describe('frontierBand', () => {
  test.each(fixture.cases)(
    'agrees with statsmodels’ intervals on a run that $name',
    ({ frontier, ...run }) => {
      const band = frontierBand(fixtureCurve(run));
      expect(band).toHaveLength(frontier.length);
      for (const [index, { squareRootKl, rate, low, high }] of band.entries()) {
        const expected = frontier[index]!;
        expect(squareRootKl).toBe(expected.squareRootKl);
        expect(rate).toBeCloseTo(expected.rate, 12);
        expect(low).toBeCloseTo(expected.low, 12);
        expect(high).toBeCloseTo(expected.high, 12);
      }
    },
  );

  test('its rates are those of the frontier, held until a better point comes', () => {
    const points = drawn(
      [
        [3, 0.7],
        [1, 0.6],
        [2, 0.3],
        [2, 0.8],
      ],
      5,
      300,
    );
    const band = frontierBand(points);
    const frontier = winRateKlFrontier(points);
    expect(band.map(({ squareRootKl }) => squareRootKl)).toEqual([1, 2, 3]);
    for (const { squareRootKl, rate, low, high } of band) {
      expect(rate).toBe(frontier.findLast((point) => point.squareRootKl <= squareRootKl)?.rate);
      expect(low).toBeLessThan(rate);
      expect(high).toBeGreaterThan(rate);
    }
  });

  test('where one point is far the best its band is the interval of that rate', () => {
    for (const { rate, low, high } of frontierBand(drawn(rising, 8, 400), { confidence: 0.9 })) {
      const wilson = wilsonInterval(Math.round(rate * 400), 400, 1 - 0.1 / 3);
      expect(low).toBeCloseTo(wilson.low, 12);
      expect(high).toBeCloseTo(wilson.high, 12);
    }
  });

  test('it can rest on a worse point of more prompts, and needs no outcomes', () => {
    const [first, second] = [
      [1, 0.6, 5000],
      [2, 0.7, 20],
    ].map(([squareRootKl = 0, rate = 0, n = 0]) => ({ fraction: 0, squareRootKl, rate, n }));
    const [alone, both] = frontierBand([first!, second!]);
    expect(both).toMatchObject({ rate: 0.7, low: alone!.low });
    expect(both!.high).toBeGreaterThan(alone!.high);
  });

  test.each([
    ['rises', rising],
    ['holds its level', Array.from({ length: 10 }, (_, index) => [index, 0.5] as const)],
    ['is nearly perfect', Array.from({ length: 10 }, (_, index) => [index, 0.97] as const)],
  ])('it covers the whole of a true frontier that %s about as often as it says', (_, shape) => {
    const trials = 400;
    let covered = 0;
    for (let trial = 0; trial < trials; trial++) {
      const band = frontierBand(drawn(shape, 100 + trial, 150));
      if (band.every(({ low, high }, place) => low <= shape[place]![1] && shape[place]![1] <= high))
        covered++;
    }
    // Four standard errors of the trials below 95 %.
    expect(covered / trials).toBeGreaterThan(0.95 - 4 * Math.sqrt((0.95 * 0.05) / trials));
  });

  const [point] = drawn([[1, 0.5]], 1, 10);
  test.each([
    ['no point', [], undefined, 'invalid-lengths', /at least one evaluation/],
    [
      'a bad √KL',
      [point!, { ...point!, squareRootKl: Number.NaN }],
      undefined,
      'invalid-value',
      /evaluation 1/,
    ],
    [
      'a rate in percent',
      [{ ...point!, rate: 50 }],
      undefined,
      'invalid-value',
      /expected between 0 and 10 successes/,
    ],
    ['a confidence in percent', [point!, point!], 95, 'invalid-option', /got 95;/],
  ])('refuses %s', (_, points, confidence, code, message) => {
    const run = () => frontierBand(points, { confidence });
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ name: 'GoldEvalError', code }));
  });
});
