import { GoldEvalError } from '../errors.js';
import { type Clusters, drawCount } from '../statistics/clusters.js';
import { varianceOfMean } from '../statistics/mean-error.js';

/** One evaluation of a policy along a run or a β-sweep. */
export interface EvaluationPoint {
  /** How much of the epoch is done, or any other position that rises along the run. */
  readonly fraction: number;
  /** √KL(π_θ‖π_ref) in √nats. */
  readonly squareRootKl: number;
  /** Win rate, between 0 and 1. */
  readonly rate: number;
  /** How many comparisons the rate is a mean of. */
  readonly n: number;
  /** [n] outcomes (1, ½, 0) for the same prompts at every point, if they were kept. */
  readonly outcomes?: readonly number[];
  /** [n], which prompts belong together, the same at every point, as of `meanOverSeeds`; each for itself by default. */
  readonly clusters?: Clusters | undefined;
}

/**
 * Variance of a win rate: from its outcomes if they were kept, otherwise binomial, with Agresti and Coull's two added
 * successes and failures. Neither is 0: a rate of 0 or 1 does not claim to be certain. Clusters without outcomes count as one
 * comparison each: how far their prompts agree is not known.
 */
export function rateVariance({ rate, n, outcomes, clusters }: EvaluationPoint): number {
  if (outcomes && outcomes.length > 0) return varianceOfMean(outcomes, 1, clusters);
  const draws = drawCount(n, clusters);
  const adjusted = (rate * draws + 2) / (draws + 4);
  return (adjusted * (1 - adjusted)) / (draws + 4);
}

/** Which prompts belong together, of points on the same prompts. */
export function clustersOf(points: readonly EvaluationPoint[]): Clusters | undefined {
  return points.find(({ clusters }) => clusters)?.clusters;
}

/** The points by rising √KL, of equal ones the best first. */
export function byKl(points: readonly EvaluationPoint[]): EvaluationPoint[] {
  checkSquareRootKls(points);
  return points.toSorted((a, b) => a.squareRootKl - b.squareRootKl || b.rate - a.rate);
}

/** {@link byKl}, of several at one √KL the best alone: otherwise the curve through them would leave this √KL from the worst. */
export function bestByKl(points: readonly EvaluationPoint[]): EvaluationPoint[] {
  return byKl(points).filter((point, index, all) => point.squareRootKl !== all[index - 1]?.squareRootKl);
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

export function largestSharedKl(
  first: readonly EvaluationPoint[],
  second: readonly EvaluationPoint[],
): number {
  const largest = (points: readonly EvaluationPoint[]): number =>
    Math.max(...points.map(({ squareRootKl }) => squareRootKl));
  return Math.min(largest(first), largest(second));
}
