import { GoldEvalError } from '../errors.js';
import { drawCount } from '../statistics/clusters.js';
import { simultaneousConfidence } from '../statistics/confidence.js';
import { clusteredWilson, type Interval, wilsonInterval } from '../statistics/wilson-interval.js';
import { byKl, type EvaluationPoint } from './evaluation-point.js';

/** The best win rate within a KL budget, with its confidence band. */
export interface FrontierPoint extends Interval {
  readonly squareRootKl: number;
  /** The highest win rate of the points with at most this √KL. */
  readonly rate: number;
}

/**
 * The win-rate–KL frontier with a confidence band, to be drawn as steps.
 *
 * rate(κ) = max {rate_i : √KL_i ≤ κ}, at the √KL of every evaluation; low(κ) and high(κ) are the same maxima of the ends of
 * the K rates' Wilson intervals, which know of clusters, at Bonferroni's confidence 1 − (1 − confidence)/K.
 *
 * If all K intervals hold, the maxima of their ends hold the maximum of the true rates, whichever point is the best: the
 * band holds the whole frontier at once with the confidence asked for, and knows that the best point was picked. The
 * frontier itself, like every maximum of noisy values, lies a little too high.
 *
 * Gotcha: there is no bootstrap on purpose. A resample's maximum has its noise on top of the observed one's, so resampling
 * lifts the band where it should lower it: of ten equal points a percentile band holds the truth in one case of a hundred.
 *
 * @param points evaluations of one method
 * @returns one point for each √KL that was evaluated, by rising √KL; rates and both ends never fall
 * @throws {GoldEvalError} `invalid-lengths` if there is no point, `invalid-value` for a bad √KL or win rate,
 *   `invalid-option` for a bad confidence
 * @example
 * const points = [0.5, 0.25, 0.75].map((rate, index) => ({ fraction: index, squareRootKl: index, rate, n: 64 }));
 * console.log(frontierBand(points).map(({ rate, low }) => `${rate}, from ${low.toFixed(2)}`));
 * // [ '0.5, from 0.36', '0.5, from 0.36', '0.75, from 0.60' ]
 * @see O. J. Dunn, "Multiple comparisons among means", JASA 56 (1961)
 */
export function frontierBand(
  points: readonly EvaluationPoint[],
  { confidence }: { readonly confidence?: number | undefined } = {},
): FrontierPoint[] {
  if (points.length === 0)
    throw new GoldEvalError('invalid-lengths', 'a frontier needs at least one evaluation, got none.');
  const simultaneous = simultaneousConfidence(points.length, confidence);
  const rates = byKl(points).map((point) => ({
    squareRootKl: point.squareRootKl,
    rate: point.rate,
    ...rateInterval(point, simultaneous),
  }));
  return runningMaxima(rates);
}

/** Wilson's interval of a win rate; clusters without outcomes count as one comparison each. */
function rateInterval({ rate, n, outcomes, clusters }: EvaluationPoint, confidence: number): Interval {
  const draws = drawCount(n, clusters);
  const interval = wilsonInterval(rate * draws, draws, confidence);
  return outcomes && clusters ? clusteredWilson(outcomes, clusters, confidence) : interval;
}

/**
 * At each √KL the maxima so far: of the rates, and of both ends of their intervals.
 *
 * @param points by rising √KL
 * @returns one point for each √KL
 */
export function runningMaxima(points: readonly FrontierPoint[]): FrontierPoint[] {
  let [rate, low, high] = [0, 0, 0];
  const maxima = points.map((point) => {
    rate = Math.max(rate, point.rate);
    low = Math.max(low, point.low);
    high = Math.max(high, point.high);
    return { squareRootKl: point.squareRootKl, rate, low, high };
  });
  // Of several points at one √KL the last has the maximum of all.
  return maxima.filter(({ squareRootKl }, index) => squareRootKl !== maxima[index + 1]?.squareRootKl);
}
