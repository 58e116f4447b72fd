import { GoldEvalError } from './gold-eval-error.js';
import { type BootstrapOptions, bootstrapStatistics, percentileInterval } from './mean-difference.js';
import type { EvaluationPoint } from './over-optimization.js';
import type { Interval } from './wilson-interval.js';

/** The best win rate within a KL budget, with its confidence band. */
export interface FrontierPoint extends Interval {
  readonly squareRootKl: number;
  /** The highest win rate of the points with at most this √KL. */
  readonly rate: number;
}

/**
 * The win-rate–KL frontier with a confidence band, to be drawn as steps.
 *
 * rate(κ) = max {rate_i : √KL_i ≤ κ}, at the √KL of every evaluation. The band is a bootstrap over prompts, the same ones
 * at every point: each resample's own maxima are taken, so that the band knows that the best point was picked.
 *
 * The band is pointwise: at each √KL it holds the frontier with the confidence asked for, not everywhere at once. Like
 * every maximum of noisy values the frontier lies a little too high.
 *
 * @param points evaluations of one method, each with its outcomes, for the same prompts
 * @returns one point for each √KL that was evaluated, by rising √KL; rates never fall
 * @throws GoldEvalError `LENGTHS` where there is no point, a point kept no outcomes, or of other prompts; `OPTION` for a
 *   bad option
 * @example
 * const points = [[1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 1, 0]].map((outcomes, index) => ({
 *   fraction: index, squareRootKl: index, rate: outcomes.reduce((sum, value) => sum + value, 0) / 4, n: 4, outcomes,
 * }));
 * console.log(frontierBand(points).map(({ rate }) => rate)); // [ 0.5, 0.5, 0.75 ]
 * @see B. Efron, R. Tibshirani, "An Introduction to the Bootstrap" (1993), section 13.3
 */
export function frontierBand(
  points: readonly EvaluationPoint[],
  options: BootstrapOptions = {},
): FrontierPoint[] {
  const sorted = points.toSorted((a, b) => a.squareRootKl - b.squareRootKl);
  const prompts = sorted[0]?.outcomes?.length ?? 0;
  const outcomes = sorted.map((point) => point.outcomes ?? []);
  if (prompts === 0 || outcomes.some(({ length }) => length !== prompts)) {
    throw new GoldEvalError(
      'LENGTHS',
      'a frontier with a band needs the outcomes of the same prompts at every point; keep what pairOutcomes returns.',
    );
  }
  const kls = [...new Set(sorted.map(({ squareRootKl }) => squareRootKl))];
  const best = (rates: readonly number[]): number[] =>
    kls.map((kl) =>
      rates.reduce(
        (most, rate, index) =>
          (sorted[index]?.squareRootKl ?? Number.NaN) <= kl && rate > most ? rate : most,
        0,
      ),
    );
  const frontier = best(sorted.map(({ rate }) => rate));

  const resampled: number[][] = [];
  bootstrapStatistics(
    prompts,
    (sample) => {
      const rates = outcomes.map((values) => {
        let sum = 0;
        for (const index of sample) sum += values[index] ?? Number.NaN;
        return sum / prompts;
      });
      return resampled.push(best(rates));
    },
    { resamples: 2000, ...options },
  );
  return kls.map((squareRootKl, place) => ({
    squareRootKl,
    rate: frontier[place] ?? Number.NaN,
    ...percentileInterval(
      Float64Array.from(resampled, (rates) => rates[place] ?? Number.NaN),
      options.confidence,
    ),
  }));
}
