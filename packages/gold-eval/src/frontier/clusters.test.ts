import { describe, expect, test } from 'vitest';
import { sampled } from '../../test/curves.js';
import { randomStream } from '../statistics/random-stream.js';
import { wilsonInterval } from '../statistics/wilson-interval.js';
import { compareAtKl } from './compare-at-kl.js';
import type { EvaluationPoint } from './evaluation-point.js';
import { frontierBand } from './frontier-band.js';
import { klAtWinRate } from './kl-at-win-rate.js';
import { overOptimization } from './over-optimization.js';
import { winRateAtKl } from './win-rate-at-kl.js';

const FAMILY = 16;

/** The same evaluations with each prompt asked as often as a family is large; whether they say so is up to the caller. */
function askedOften(points: readonly EvaluationPoint[], told: boolean = true): EvaluationPoint[] {
  return points.map(({ outcomes = [], ...point }) => ({
    ...point,
    n: FAMILY * point.n,
    outcomes: outcomes.flatMap((outcome) => new Array<number>(FAMILY).fill(outcome)),
    ...(told && {
      clusters: Array.from({ length: FAMILY * outcomes.length }, (_, prompt) => Math.floor(prompt / FAMILY)),
    }),
  }));
}

const shape = [
  [1, 0.5],
  [2, 0.7],
  [3, 0.6],
] as const;
const [once, other] = [sampled(shape, 5, 40), sampled(shape, 6, 40)];

describe('a prompt asked several times is one draw', () => {
  test('in overOptimization', () => {
    const { standardError, pValue } = overOptimization(once);
    expect(overOptimization(askedOften(once)).standardError).toBeCloseTo(standardError, 12);
    expect(overOptimization(askedOften(once)).pValue).toBeCloseTo(pValue, 12);
    expect(overOptimization(askedOften(once, false)).standardError).toBeLessThan(standardError / 3);
  });

  test('in klAtWinRate', () => {
    expect(klAtWinRate(askedOften(once), 0.6)).toEqual(klAtWinRate(once, 0.6));
  });

  test('in compareAtKl and winRateAtKl', () => {
    const options = { squareRootKl: 2, resamples: 500 };
    const { low, high, first } = compareAtKl(once, other, options)!;
    // One curve that knows of them is enough: the prompts are the same.
    for (const second of [askedOften(other), askedOften(other, false)]) {
      const found = compareAtKl(askedOften(once), second, options)!;
      expect(found.low).toBeCloseTo(low, 12);
      expect(found.high).toBeCloseTo(high, 12);
      expect(found.first.standardError).toBeCloseTo(first.standardError, 12);
    }
    const [left, right] = askedOften(once);
    const { clusters: _, ...bare } = right!;
    const read = winRateAtKl([left!, bare], 1.5)!;
    expect(read.standardError).toBeCloseTo(winRateAtKl(once, 1.5)!.standardError, 12);
  });

  test('in frontierBand', () => {
    for (const [index, { low, high }] of frontierBand(askedOften(once)).entries()) {
      expect(low).toBeCloseTo(frontierBand(once)[index]!.low, 2);
      expect(high).toBeCloseTo(frontierBand(once)[index]!.high, 2);
    }
  });

  test('in full, where outcomes were not kept', () => {
    const [point] = askedOften(once).map(({ outcomes: _, ...rest }) => rest);
    const [{ outcomes: _, ...alone }] = once as [EvaluationPoint];
    expect(winRateAtKl([point!], 1)!.standardError).toBe(winRateAtKl([alone], 1)!.standardError);
    const { low } = wilsonInterval(40 * alone.rate, 40);
    expect(frontierBand([point!])[0]?.low).toBeCloseTo(low, 12);
  });
});

test('families that are won and lost together make neither falls nor narrow bands', () => {
  const random = randomStream(11);
  const clusters = Array.from({ length: 256 }, (_, prompt) => prompt % FAMILY);
  const trials = 100;
  const count = { falls: 0, covered: 0 };
  for (let trial = 0; trial < trials; trial++) {
    // Ten points of one true rate, 0.6; each family is good or bad at each of them.
    const points = Array.from({ length: 10 }, (_, index): EvaluationPoint => {
      const ofFamily = Array.from({ length: FAMILY }, () => (random() < 0.5 ? 0.25 : 0.95));
      const outcomes = clusters.map((cluster) => (random() < ofFamily[cluster]! ? 1 : 0));
      const rate = outcomes.reduce<number>((sum, value) => sum + value, 0) / outcomes.length;
      return { fraction: index, squareRootKl: index, rate, n: outcomes.length, outcomes, clusters };
    });
    if (overOptimization(points).significant) count.falls++;
    if (frontierBand(points).every(({ low, high }) => low <= 0.6 && 0.6 <= high)) count.covered++;
  }
  // Four standard errors of the trials from what is promised; as single prompts it is 60 % and 12 %.
  const noise = 4 * Math.sqrt((0.05 * 0.95) / trials);
  expect(count.falls / trials).toBeLessThan(0.05 + noise);
  expect(count.covered / trials).toBeGreaterThan(0.95 - noise);
});

test.each([
  ['fewer prompts', [0, 1], 'invalid-lengths', /each of the 40 prompts, got 2/],
  [
    'no number of a prompt',
    [0, undefined, ...new Array(38).fill(1)],
    'invalid-value',
    /cluster of prompt 1 .* undefined/,
  ],
])('refuses clusters of %s', (_, clusters, code, message) => {
  const points = once.map((point) => ({ ...point, clusters: clusters as number[] }));
  for (const run of [
    () => overOptimization(points),
    () => klAtWinRate(points, 0.6),
    () => compareAtKl(points, points),
    () => frontierBand(points),
  ]) {
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ name: 'GoldEvalError', code }));
  }
});
