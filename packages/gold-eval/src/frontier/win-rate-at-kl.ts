import { normalQuantile } from '../statistics/normal-distribution.js';
import type { Interval } from '../statistics/wilson-interval.js';
import type { EvaluationPoint } from './evaluation-point.js';
import { interpolate } from './read-curve.js';

/** A win rate read off a curve at a given √KL. */
export interface WinRateAtKl extends Interval {
  readonly squareRootKl: number;
  readonly rate: number;
  readonly standardError: number;
}

/**
 * A method's win rate at a given √KL, by linear interpolation between its two neighboring evaluations.
 *
 * rate = (1 − t)·rate_a + t·rate_b, t = (√KL − √KL_a) / (√KL_b − √KL_a). Its variance comes from the prompts'
 * interpolated outcomes if both points kept them, otherwise from independent binomials; it is never 0. Points are joined by
 * rising √KL; of several at one √KL the best counts, as on the frontier.
 *
 * @returns the win rate with its normal interval, clipped to [0, 1]; undefined outside the range of √KL that was
 *   evaluated: nothing is extrapolated
 * @throws {GoldEvalError} `invalid-value` for a bad √KL, `invalid-lengths` if outcomes are for different numbers of prompts,
 *   `invalid-option` for a bad confidence
 * @example
 * const points = [{ squareRootKl: 1, rate: 0.5 }, { squareRootKl: 3, rate: 0.7 }];
 * console.log(winRateAtKl(points.map((point) => ({ ...point, fraction: 1, n: 512 })), 2)?.rate.toFixed(2)); // 0.60
 */
export function winRateAtKl(
  points: readonly EvaluationPoint[],
  squareRootKl: number,
  confidence: number = 0.95,
): WinRateAtKl | undefined {
  const z = normalQuantile(confidence);
  const read = interpolate(points, squareRootKl);
  if (!read) return undefined;
  const { rate, standardError } = read;
  return {
    squareRootKl,
    rate,
    standardError,
    low: Math.max(0, rate - z * standardError),
    high: Math.min(1, rate + z * standardError),
  };
}
