import { byKl, type EvaluationPoint } from './evaluation-point.js';

/**
 * The win-rate–KL frontier: the points that no other point beats with at most as much KL.
 *
 * {i : no j with √KL_j ≤ √KL_i and rate_j > rate_i}, by rising √KL.
 *
 * Like every maximum of noisy values it lies a little too high; compare methods with {@link compareAtKl} instead.
 *
 * @param points evaluations of one method: along runs, over β, or both
 * @returns the points of the frontier, by rising √KL, so by rising win rate too
 * @throws {GoldEvalError} `invalid-value` for a bad √KL
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
