import { type Clusters, drawCount, drawSums } from './clusters.js';

/**
 * Mean and standard error of the mean; the error of a single draw is NaN.
 *
 * Without clusters s/√n, s the sample standard deviation. With G clusters √(G/(G − 1)·Σ_g(Σ_{i∈g}(x_i − x̄))²)/n, which is the same if
 * each value is a cluster of its own.
 *
 * @see W. G. Cochran, "Sampling Techniques" (1977), section 9A.2: cluster sampling with unequal sizes, the ratio to size
 */
export function meanWithError(
  values: ArrayLike<number>,
  clusters?: Clusters,
): { mean: number; standardError: number } {
  const n = values.length;
  const mean = Array.from(values).reduce((sum, value) => sum + value, 0) / n;
  const deviations = Array.from(values, (value) => value - mean);
  const draws = drawCount(n, clusters);
  const squares = sumOfSquares(deviations, clusters);
  const variance = (squares / (draws - 1) / n) * (draws / n);
  return { mean, standardError: draws > 1 ? Math.sqrt(variance) : Number.NaN };
}

/** Σ_g(Σ_{i∈g} d_i)², of deviations from a mean. */
export function sumOfSquares(deviations: readonly number[], clusters?: Clusters): number {
  return drawSums(deviations, clusters).reduce((total, sum) => total + sum ** 2, 0);
}

/**
 * The least squared error of a mean over n draws: range²/4n(n + 1), as if half a prompt more lay at either end of the
 * range. Without it a handful of equal outcomes would claim to be certain.
 *
 * @see A. Agresti, Y. Min, "Simple improved confidence intervals for comparing matched proportions", Statistics in
 *   Medicine 24 (2005), who add a half to each cell
 */
export function leastVariance(range: number, draws: number): number {
  return range ** 2 / (4 * draws * (draws + 1));
}

/** The squared error of a mean over prompts, s²/n + {@link leastVariance}; of a single draw, whose s² is unknown, the latter alone. */
export function varianceOfMean(values: ArrayLike<number>, range: number, clusters?: Clusters): number {
  const { standardError } = meanWithError(values, clusters);
  const draws = drawCount(values.length, clusters);
  return (draws > 1 ? standardError ** 2 : 0) + leastVariance(range, draws);
}
