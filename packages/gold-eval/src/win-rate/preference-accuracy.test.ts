import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/statistics.json' with { type: 'json' };
import { randomStream } from '../statistics/random-stream.js';
import { preferenceAccuracy } from './preference-accuracy.js';

describe('preferenceAccuracy', () => {
  test('equals the reference values', () => {
    const { margins, accuracy, logLoss, brierScore, expectedCalibrationError } = fixture.calibration;
    const result = preferenceAccuracy(margins, new Float64Array(margins.length));
    expect(result.accuracy.rate).toBeCloseTo(accuracy, 12);
    expect(result.logLoss).toBeCloseTo(logLoss, 12);
    expect(result.brierScore).toBeCloseTo(brierScore, 12);
    expect(result.expectedCalibrationError).toBeCloseTo(expectedCalibrationError, 12);
    expect(result.bins.reduce((sum, { count }) => sum + count, 0)).toBe(margins.length);
  });

  test('a model whose pairs follow Bradley–Terry is calibrated, an overconfident one is not', () => {
    const random = randomStream(31);
    const margins = Array.from({ length: 20_000 }, () => {
      const margin = 4 * (random() - 0.5);
      return random() < 1 / (1 + Math.exp(-margin)) ? margin : -margin;
    });
    const zeros = new Float64Array(margins.length);
    expect(preferenceAccuracy(margins, zeros).expectedCalibrationError).toBeLessThan(0.02);
    const overconfident = margins.map((margin) => 4 * margin);
    expect(preferenceAccuracy(overconfident, zeros).expectedCalibrationError).toBeGreaterThan(0.1);
  });

  test('huge margins stay finite', () => {
    const { logLoss, brierScore } = preferenceAccuracy([1e4, -1e4], [0, 0]);
    expect([logLoss, brierScore]).toEqual([5000, 0.5]);
  });

  test('equal infinities are a tie everywhere', () => {
    const { accuracy, logLoss, brierScore, bins } = preferenceAccuracy(
      [Infinity, -Infinity],
      [Infinity, -Infinity],
    );
    expect([accuracy.ties, brierScore]).toEqual([2, 0.25]);
    expect(logLoss).toBeCloseTo(Math.LN2, 12);
    expect(bins[0]).toMatchObject({ count: 2, confidence: 0.5, accuracy: 0.5 });
  });

  test('refuses no pair and no bin', () => {
    expect(() => preferenceAccuracy([1, 2], [0])).toThrow(
      'expected one reward of the chosen response and one of the rejected per pair, got 2 and 1.',
    );
    expect(() => preferenceAccuracy([], [])).toThrow(/at least one comparison/);
    expect(() => preferenceAccuracy([1], [0], { bins: 0 })).toThrow(/bin/);
  });
});
