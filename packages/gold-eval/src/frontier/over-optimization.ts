import { GoldEvalError } from '../errors.js';
import { varianceOfMean } from '../statistics/mean-error.js';
import { normalQuantile, normalUpperTail } from '../statistics/normal-distribution.js';
import { pairedDifferences } from '../win-rate/compare-policies.js';
import { clustersOf, type EvaluationPoint, rateVariance } from './evaluation-point.js';

/** Where along a run the win rate was highest, and how far it has fallen since. */
export interface OverOptimization {
  /** The point with the highest win rate, the first of equals. */
  readonly peak: EvaluationPoint;
  readonly peakIndex: number;
  readonly end: EvaluationPoint;
  /** Peak's win rate less the end's; 0 if the end is the peak. */
  readonly fall: number;
  /** Standard error of the fall: paired over prompts if outcomes were kept, otherwise of independent samples. */
  readonly standardError: number;
  /** One-sided p-value of the fall, corrected for the peak having been picked among all points. */
  readonly pValue: number;
  /** Whether the fall is larger than its noise: pValue < 1 − confidence, one-sided, 5 % by default. */
  readonly significant: boolean;
}

/**
 * Whether a policy got worse, by gold win rate, after its best point.
 *
 * fall = max_k rate_k − rate_K; p = min(1, (K − 1)·P(Z > fall / standardError)).
 *
 * The highest of K noisy points is above the last one even if nothing changes, so the p-value carries
 * Bonferroni's factor for the K − 1 points that could have been the peak. The standard error is that of the paired
 * differences if both points kept their outcomes, never 0, and otherwise √(Var_peak + Var_end) as of independent
 * samples, which is too large if prompts are shared: then real falls may go unseen, but noise is not called a fall.
 *
 * @param points [K] in the order of the run, one at least
 * @param confidence 1 − the level of the one-sided test: 0.95 by default, so 5 %; `fallOverSeeds`, which asks a two-sided
 *   interval, has 2.5 % there
 * @throws {GoldEvalError} `invalid-lengths` if there is no point or outcomes of different prompts, `invalid-value` for a
 *   rate outside [0, 1]
 * @example
 * const run = [0.52, 0.66, 0.61, 0.49].map((rate, index) => ({ fraction: index / 3, squareRootKl: index, rate, n: 512 }));
 * const { peak, fall, significant } = overOptimization(run);
 * console.log(peak.rate, fall.toFixed(2), significant); // 0.66 0.17 true
 */
export function overOptimization(
  points: readonly EvaluationPoint[],
  confidence: number = 0.95,
): OverOptimization {
  normalQuantile(confidence);
  const [first] = points;
  const end = points.at(-1);
  if (!first || !end) {
    throw new GoldEvalError('invalid-lengths', 'over-optimization needs at least one evaluation, got none.');
  }
  let peak = first;
  let peakIndex = 0;
  for (const [index, point] of points.entries()) {
    if (!(point.rate >= 0 && point.rate <= 1 && point.n >= 1)) {
      throw new GoldEvalError(
        'invalid-value',
        `evaluation ${index} needs a win rate between 0 and 1 over at least one comparison, ` +
          `got ${point.rate} over ${point.n}.`,
      );
    }
    if (point.rate > peak.rate) [peak, peakIndex] = [point, index];
  }
  if (peak === end || points.length === 1) {
    return { peak, peakIndex, end, fall: 0, standardError: 0, pValue: 1, significant: false };
  }
  const fall = peak.rate - end.rate;
  const standardError = differenceError(peak, end);
  const single = fall === 0 ? 1 : normalUpperTail(fall / standardError);
  const pValue = Math.min(1, (points.length - 1) * single);
  return { peak, peakIndex, end, fall, standardError, pValue, significant: pValue < 1 - confidence };
}

/** Standard error of the difference of two points' win rates. */
export function differenceError(first: EvaluationPoint, second: EvaluationPoint): number {
  if (first.outcomes && second.outcomes) {
    const differences = pairedDifferences(first.outcomes, second.outcomes);
    return Math.sqrt(varianceOfMean(differences, 2, clustersOf([first, second])));
  }
  return Math.sqrt(rateVariance(first) + rateVariance(second));
}
