import type { BootstrapOptions } from '../statistics/bootstrap.js';
import { normalQuantile } from '../statistics/normal-distribution.js';
import type { Interval } from '../statistics/wilson-interval.js';
import { comparePolicies } from '../win-rate/compare-policies.js';
import { clustersOf, type EvaluationPoint, largestSharedKl } from './evaluation-point.js';
import { interpolate } from './read-curve.js';
import { type WinRateAtKl, winRateAtKl } from './win-rate-at-kl.js';

/** Options of `compareAtKl`. */
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
 * paired bootstrap of the prompts' interpolated outcomes, of whole clusters where there are some; otherwise it is difference ± z·√(SE_1² + SE_2²).
 * √KL itself is taken as known.
 *
 * @param first evaluations of one method
 * @param second evaluations of the other
 * @returns undefined if the curves do not both reach that √KL
 * @throws {GoldEvalError} `invalid-lengths` if outcomes are for different numbers of prompts, `invalid-value` for a bad √KL,
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
    const { difference, low, high } = comparePolicies(firstRead.outcomes, secondRead.outcomes, {
      ...options,
      clusters: clustersOf([...first, ...second]),
    });
    return { ...both, difference, low, high, paired: true };
  }
  const difference = firstRead.rate - secondRead.rate;
  const half =
    normalQuantile(options.confidence ?? 0.95) *
    Math.hypot(firstRead.standardError, secondRead.standardError);
  return { ...both, difference, low: difference - half, high: difference + half, paired: false };
}
