import { GoldEvalError } from '../errors.js';
import { type Clusters, varianceOfMean } from '../statistics/mean-error.js';

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
  /** [n], which prompts belong together, as of `meanOverSeeds`; each for itself by default. */
  readonly clusters?: Clusters | undefined;
}

/**
 * Variance of a win rate: from its outcomes if they were kept, otherwise binomial, with Agresti and Coull's two added
 * successes and failures. Neither is 0: a rate of 0 or 1 does not claim to be certain.
 */
export function rateVariance({ rate, n, outcomes, clusters }: EvaluationPoint): number {
  if (outcomes && outcomes.length > 0) return varianceOfMean(outcomes, 1, clusters);
  const adjusted = (rate * n + 2) / (n + 4);
  return (adjusted * (1 - adjusted)) / (n + 4);
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

export function largestSharedKl(
  first: readonly EvaluationPoint[],
  second: readonly EvaluationPoint[],
): number {
  const largest = (points: readonly EvaluationPoint[]): number =>
    Math.max(...points.map(({ squareRootKl }) => squareRootKl));
  return Math.min(largest(first), largest(second));
}
