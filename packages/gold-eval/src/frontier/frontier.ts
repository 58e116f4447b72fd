import { GoldEvalError } from '../errors.js';
import { type BootstrapOptions, bootstrapStatistics, percentileInterval } from '../statistics/bootstrap.js';
import { varianceOfMean } from '../statistics/mean-error.js';
import { normalQuantile } from '../statistics/normal-distribution.js';
import type { Interval } from '../statistics/wilson-interval.js';
import { comparePolicies } from '../win-rate/compare-policies.js';
import { type EvaluationPoint, rateVariance } from './over-optimization.js';

/** A win rate read off a curve at a given √KL. */
export interface WinRateAtKl extends Interval {
  readonly squareRootKl: number;
  readonly rate: number;
  readonly standardError: number;
}

/**
 * The win-rate–KL frontier: the points that no other point beats with at most as much KL.
 *
 * {i : no j with √KL_j ≤ √KL_i and rate_j > rate_i}, by rising √KL.
 *
 * Like every maximum of noisy values it lies a little too high; compare methods with {@link compareAtKl} instead.
 *
 * @param points evaluations of one method: along runs, over β, or both
 * @returns the points of the frontier, by rising √KL, so by rising win rate too
 * @throws GoldEvalError `invalid-value` for a bad √KL
 * @example
 * const points = [{ squareRootKl: 1, rate: 0.6 }, { squareRootKl: 2, rate: 0.55 }, { squareRootKl: 3, rate: 0.7 }];
 * console.log(winRateKlFrontier(points.map((point) => ({ ...point, fraction: 1, n: 512 }))).map(({ rate }) => rate));
 * // [ 0.6, 0.7 ]
 */
export function winRateKlFrontier(points: readonly EvaluationPoint[]): EvaluationPoint[] {
  const frontier: EvaluationPoint[] = [];
  for (const point of byKl(points)) {
    const best = frontier.at(-1);
    if (!best || point.rate > best.rate) frontier.push(point);
  }
  return frontier;
}

/**
 * A method's win rate at a given √KL, by linear interpolation between its two neighboring evaluations.
 *
 * rate = (1 − t)·rate_a + t·rate_b, t = (√KL − √KL_a) / (√KL_b − √KL_a). Its variance comes from the prompts'
 * interpolated outcomes if both points kept them, otherwise from independent binomials; it is never 0. Points are joined by
 * rising √KL.
 *
 * @returns the win rate with its normal interval, clipped to [0, 1]; undefined outside the range of √KL that was
 *   evaluated: nothing is extrapolated
 * @throws GoldEvalError `invalid-value` for a bad √KL, `invalid-lengths` if outcomes are for different numbers of prompts,
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

export interface CompareAtKlOptions extends BootstrapOptions {
  /** Where to compare, in √nats; by default the largest √KL that both methods reached. */
  readonly squareRootKl?: number;
}

/** The difference of two methods' win rates at one √KL. */
export interface ComparisonAtKl extends Interval {
  readonly squareRootKl: number;
  /** The first method's win rate less the second's. */
  readonly difference: number;
  readonly first: WinRateAtKl;
  readonly second: WinRateAtKl;
  /** Whether both curves kept outcomes of the same prompts, so that the interval is a paired bootstrap. */
  readonly paired: boolean;
}

/**
 * Compares two methods' win rates at equal √KL.
 *
 * Both curves are read with {@link winRateAtKl}. If outcomes of the same prompts were kept, the interval is a
 * paired bootstrap of the prompts' interpolated outcomes; otherwise it is difference ± z·√(SE_1² + SE_2²).
 * √KL itself is taken as known.
 *
 * @param first evaluations of one method
 * @param second evaluations of the other
 * @returns undefined if the curves do not both reach that √KL
 * @throws GoldEvalError `invalid-lengths` if outcomes are for different numbers of prompts, `invalid-value` for a bad √KL,
 *   `invalid-option` for a bad option
 * @example
 * const curve = (rates: number[]) =>
 *   rates.map((rate, index) => ({ fraction: index, squareRootKl: index, rate, n: 512 }));
 * console.log(compareAtKl(curve([0.5, 0.62, 0.7]), curve([0.5, 0.6, 0.58]))?.difference.toFixed(2)); // 0.12
 */
export function compareAtKl(
  first: readonly EvaluationPoint[],
  second: readonly EvaluationPoint[],
  { squareRootKl = largestSharedKl(first, second), ...options }: CompareAtKlOptions = {},
): ComparisonAtKl | undefined {
  const firstRead = interpolate(first, squareRootKl);
  const secondRead = interpolate(second, squareRootKl);
  const firstRate = winRateAtKl(first, squareRootKl, options.confidence);
  const secondRate = winRateAtKl(second, squareRootKl, options.confidence);
  if (!firstRead || !secondRead || !firstRate || !secondRate) return undefined;
  const both = { squareRootKl, first: firstRate, second: secondRate };
  if (firstRead.outcomes && secondRead.outcomes) {
    const { difference, low, high } = comparePolicies(firstRead.outcomes, secondRead.outcomes, options);
    return { ...both, difference, low, high, paired: true };
  }
  const difference = firstRead.rate - secondRead.rate;
  const half =
    normalQuantile(options.confidence ?? 0.95) *
    Math.hypot(firstRead.standardError, secondRead.standardError);
  return { ...both, difference, low: difference - half, high: difference + half, paired: false };
}

/** The KL budget that a method needs for a win rate. */
export interface KlAtWinRate {
  /** The smallest √KL at which the curve reaches the rate; Infinity if it never does. */
  readonly squareRootKl: number;
  /** Bootstrap interval over prompts; its ends are Infinity if resamples never reach the rate. */
  readonly interval: Interval | undefined;
  /** Share of the resamples that reach the rate. */
  readonly reached: number | undefined;
}

/**
 * How much KL a method needs to reach a win rate.
 *
 * The first crossing of the curve through the points by rising √KL, interpolated linearly; the interval resamples
 * prompts, the same ones at every point, and takes each resample's first crossing.
 *
 * @param points evaluations of one method; without outcomes at every point there is no interval
 * @param rate the win rate to reach, between 0 and 1
 * @throws GoldEvalError `invalid-lengths` if there is no point or outcomes are for different numbers of prompts,
 *   `invalid-value` for a rate outside [0, 1] or a bad √KL, `invalid-option` for a bad option
 * @example
 * const points = [{ squareRootKl: 1, rate: 0.5 }, { squareRootKl: 3, rate: 0.7 }];
 * const curve = points.map((point) => ({ ...point, fraction: 1, n: 512 }));
 * console.log(klAtWinRate(curve, 0.6).squareRootKl.toFixed(2)); // 2.00
 */
export function klAtWinRate(
  points: readonly EvaluationPoint[],
  rate: number,
  options: BootstrapOptions = {},
): KlAtWinRate {
  checkRate(rate);
  const sorted = byKl(points);
  const [firstPoint] = sorted;
  if (!firstPoint)
    throw new GoldEvalError('invalid-lengths', 'a KL budget needs at least one evaluation, got none.');
  const kls = sorted.map(({ squareRootKl }) => squareRootKl);
  const squareRootKl = firstCrossing(
    kls,
    sorted.map((point) => point.rate),
    rate,
  );
  const outcomes = sorted.flatMap((point) => (point.outcomes ? [point.outcomes] : []));
  if (outcomes.length < sorted.length) return { squareRootKl, interval: undefined, reached: undefined };
  const prompts = outcomes[0]?.length ?? 0;
  if (outcomes.some(({ length }) => length !== prompts)) {
    throw new GoldEvalError(
      'invalid-lengths',
      'the evaluations kept outcomes for different numbers of prompts; evaluate all of them on the same prompts.',
    );
  }
  const crossings = bootstrapStatistics(
    prompts,
    (sample) =>
      firstCrossing(
        kls,
        outcomes.map(
          (values) => sample.reduce((sum, index) => sum + (values[index] ?? Number.NaN), 0) / prompts,
        ),
        rate,
      ),
    { resamples: 2000, ...options },
  );
  return {
    squareRootKl,
    interval: percentileInterval(crossings, options.confidence),
    reached: crossings.filter(Number.isFinite).length / crossings.length,
  };
}

/** The points by rising √KL, of equal ones the best first. */
export function byKl(points: readonly EvaluationPoint[]): EvaluationPoint[] {
  checkSquareRootKls(points);
  return points.toSorted((a, b) => a.squareRootKl - b.squareRootKl || b.rate - a.rate);
}

export function checkSquareRootKls(points: readonly EvaluationPoint[]): void {
  for (const [index, { squareRootKl }] of points.entries()) {
    if (squareRootKl >= 0) continue;
    throw new GoldEvalError(
      'invalid-value',
      `the √KL of evaluation ${index} must be ≥ 0, got ${squareRootKl}.`,
    );
  }
}

export function checkRate(rate: number): void {
  if (rate >= 0 && rate <= 1) return;
  throw new GoldEvalError('invalid-value', `the win rate to reach must lie between 0 and 1, got ${rate}.`);
}

export function largestSharedKl(
  first: readonly EvaluationPoint[],
  second: readonly EvaluationPoint[],
): number {
  const largest = (points: readonly EvaluationPoint[]): number =>
    Math.max(...points.map(({ squareRootKl }) => squareRootKl));
  return Math.min(largest(first), largest(second));
}

export interface Interpolated {
  readonly rate: number;
  readonly standardError: number;
  readonly outcomes: readonly number[] | undefined;
}

export function interpolate(
  points: readonly EvaluationPoint[],
  squareRootKl: number,
): Interpolated | undefined {
  const sorted = byKl(points);
  const above = sorted.findIndex((point) => point.squareRootKl >= squareRootKl);
  const right = sorted[above];
  if (!right || (above === 0 && right.squareRootKl > squareRootKl)) return undefined;
  const left = right.squareRootKl === squareRootKl ? right : (sorted[above - 1] ?? right);
  const span = right.squareRootKl - left.squareRootKl;
  const t = span > 0 ? (squareRootKl - left.squareRootKl) / span : 1;
  const rate = (1 - t) * left.rate + t * right.rate;
  const { outcomes: leftOutcomes } = left;
  const { outcomes: rightOutcomes } = right;
  if (leftOutcomes && rightOutcomes) {
    if (leftOutcomes.length !== rightOutcomes.length) {
      throw new GoldEvalError(
        'invalid-lengths',
        'the evaluations kept outcomes for different numbers of prompts; evaluate all of them on the same prompts.',
      );
    }
    const outcomes = leftOutcomes.map(
      (outcome, index) => (1 - t) * outcome + t * (rightOutcomes[index] ?? 0),
    );
    return { rate, standardError: Math.sqrt(varianceOfMean(outcomes, 1)), outcomes };
  }
  const variance = (1 - t) ** 2 * rateVariance(left) + t ** 2 * rateVariance(right);
  return { rate, standardError: Math.sqrt(variance), outcomes: undefined };
}

export function firstCrossing(kls: readonly number[], rates: readonly number[], rate: number): number {
  for (const [index, value] of rates.entries()) {
    if (!(value >= rate)) continue;
    const kl = kls[index] ?? Number.NaN;
    const previous = rates[index - 1];
    const previousKl = kls[index - 1];
    if (previous === undefined || previousKl === undefined) return kl;
    return previousKl + ((rate - previous) / (value - previous)) * (kl - previousKl);
  }
  return Number.POSITIVE_INFINITY;
}
