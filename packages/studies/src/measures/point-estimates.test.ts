import { describe, expect, test } from 'vitest';
import type { ReportedPoint } from '../data/reported.js';
import {
  equalLengthDifference,
  equalLengthEstimate,
  klRatioEstimate,
  squareRootKlDifference,
  squareRootKlEstimate,
} from './point-estimates.js';

function point(kl: number, standardError: number = 0, more: Partial<ReportedPoint> = {}): ReportedPoint {
  const winRate = { rate: 0.5, low: 0.4, high: 0.6, n: 256, ties: 0 };
  return {
    fraction: 1,
    step: 1,
    winRate,
    kl: { mean: kl, standardError },
    meanLength: 9,
    goldRewardMean: 0,
    ...more,
  };
}

describe('klRatioEstimate', () => {
  test('is the geometric mean over seeds, and its inverse the other way round', () => {
    const first = [point(2, 0.1), point(8, 0.3)];
    const second = [point(1, 0.1), point(1, 0.05)];
    const there = klRatioEstimate(first, second);
    const back = klRatioEstimate(second, first);
    expect(there?.value).toBeCloseTo(4, 12);
    expect(there!.value * back!.value).toBeCloseTo(1, 12);
    expect(there!.low * back!.high).toBeCloseTo(1, 12);
    expect(there!.low).toBeLessThan(4);
  });

  test('of one seed has the relative errors of both KLs, in squares', () => {
    const { promptError, value } = klRatioEstimate([point(3, 0.3)], [point(2, 0.1)]) ?? {};
    expect(value).toBeCloseTo(1.5, 12);
    expect(promptError).toBeCloseTo(Math.hypot(0.1, 0.05), 12);
  });

  test('has no ratio to a KL of 0', () => {
    expect(klRatioEstimate([point(1)], [point(0)])).toBeUndefined();
  });
});

describe('squareRootKlEstimate', () => {
  test('is the mean of roots, with the error that a small change of KL makes', () => {
    const estimate = squareRootKlEstimate([point(4, 0.2), point(9, 0.6)]);
    expect(estimate.value).toBe(2.5);
    // Two errors of SE/(2√KL), 0.05 and 0.1, of prompts that both seeds share.
    expect(estimate.promptError).toBeCloseTo((0.05 + 0.1) / 2, 12);
  });

  test('differences are paired by seed', () => {
    const estimate = squareRootKlDifference([point(4), point(9)], [point(1), point(4)]);
    expect(estimate.perSeed).toEqual([1, 1]);
    expect(estimate.value).toBe(1);
  });
});

describe('KL that was kept by prompt', () => {
  const kept = (perPrompt: readonly number[]): ReportedPoint =>
    point(perPrompt.reduce((sum, kl) => sum + kl, 0) / perPrompt.length, 0, {
      kl: {
        mean: perPrompt.reduce((sum, kl) => sum + kl, 0) / perPrompt.length,
        standardError: 9,
        perPrompt,
      },
    });
  const easy = [kept([1, 4, 9, 2]), kept([2, 5, 8, 1])];
  const twice = [kept([2, 8, 18, 4]), kept([4, 10, 16, 2])];

  test('has its values, and the error of prompts that methods share cancels', () => {
    expect(squareRootKlEstimate(easy).value).toBeCloseTo(2, 12);
    const ratio = klRatioEstimate(twice, easy);
    expect(ratio?.value).toBeCloseTo(2, 12);
    // Twice the KL on each prompt: the ratio has no error, while either KL has.
    expect(ratio!.high - ratio!.low).toBeLessThan(1e-6);
    const unpaired = (points: readonly ReportedPoint[]) =>
      points.map(({ kl, ...rest }) => ({ ...rest, kl: { mean: kl.mean, standardError: 1.5 } }));
    const wide = klRatioEstimate(unpaired(twice), unpaired(easy));
    expect(wide?.value).toBeCloseTo(2, 12);
    expect(wide!.high - wide!.low).toBeGreaterThan(1);
    expect(squareRootKlDifference(twice, easy).promptError).toBeLessThan(
      Math.hypot(squareRootKlEstimate(twice).promptError, squareRootKlEstimate(easy).promptError),
    );
  });

  test('is compared on the prompts that both have', () => {
    const more = [kept([1, 4, 9, 2, 100, 4]), kept([2, 5, 8, 1, 7, 97])];
    expect(squareRootKlDifference(more, easy).perSeed[0]).toBeCloseTo(Math.sqrt(20) - 2, 12);
  });
});

describe('equalLengthDifference', () => {
  /** A rate with the values of its prompts. */
  const kept = (values: readonly number[]): ReportedPoint => {
    const perPrompt = Array.from({ length: 16 }, () => values).flat();
    const rate = perPrompt.reduce((sum, value) => sum + value, 0) / perPrompt.length;
    return point(1, 0, { equalLength: { rate, low: rate - 0.4, high: rate + 0.4, perPrompt } });
  };
  const hard = [kept([0.1, 0.9, 0.4, 0.2]), kept([0.2, 0.8, 0.3, 0.3])];
  const easy = [kept([0.2, 1, 0.5, 0.3]), kept([0.3, 0.9, 0.4, 0.4])];
  const earlier = (points: readonly ReportedPoint[]): ReportedPoint[] =>
    points.map(({ equalLength, ...rest }) => {
      const { rate = 0, low = 0, high = 0 } = equalLength ?? {};
      return { ...rest, equalLength: { rate, low, high } };
    });

  test('is paired by prompt: what makes a prompt hard for both cancels', () => {
    const paired = equalLengthDifference(easy, hard);
    const apart = equalLengthDifference(earlier(easy), earlier(hard));
    expect(paired?.perSeed.map((value) => value.toFixed(12))).toEqual(['0.100000000000', '0.100000000000']);
    expect(apart?.value).toBeCloseTo(0.1, 12);
    expect(paired!.promptError).toBeLessThan(0.3 * apart!.promptError);
    expect(paired?.residualError).toBeCloseTo(0, 12);
  });

  test('is missing where a seed has none', () => {
    expect(equalLengthDifference(easy, [...hard.slice(1), point(1)])).toBeUndefined();
  });
});

describe('equalLengthEstimate', () => {
  const at = (rate: number): ReportedPoint =>
    point(1, 0, { equalLength: { rate, low: rate - 0.05, high: rate + 0.05 } });

  test('of one seed is that seed’s, of several their mean with a wider interval where they differ', () => {
    expect(equalLengthEstimate([at(0.4)])).toEqual({ value: 0.4, low: 0.4 - 0.05, high: 0.4 + 0.05 });
    const alike = equalLengthEstimate([at(0.4), at(0.4), at(0.4)]);
    const apart = equalLengthEstimate([at(0.3), at(0.4), at(0.5)]);
    expect(apart?.value).toBeCloseTo(0.4, 12);
    expect(apart!.high - apart!.low).toBeGreaterThan(alike!.high - alike!.low);
  });

  test('is missing where a seed has none', () => {
    expect(equalLengthEstimate([at(0.4), point(1)])).toBeUndefined();
    expect(equalLengthEstimate([])).toBeUndefined();
  });
});
