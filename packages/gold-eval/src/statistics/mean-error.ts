/**
 * [n], which values belong together, such as prompts of one family: those with the same number were drawn together, and count as
 * one draw in errors. May be longer than the values.
 */
export type Clusters = readonly number[];

/**
 * Mean and standard error of the mean; the error of a single draw is NaN.
 *
 * Without clusters s/√n, s the sample standard deviation. With G clusters √(G/(G − 1)·Σ_g(Σ_{i∈g}(x_i − x̄))²)/n, which is the same if
 * each value is a cluster of its own.
 *
 * @see W. G. Cochran, "Sampling Techniques" (1977), section 9A.2: cluster sampling with unequal sizes, the ratio to size
 */
export function meanWithError(
  values: readonly number[],
  clusters?: Clusters,
): { mean: number; standardError: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const deviations = values.map((value) => value - mean);
  const draws = drawCount(n, clusters);
  const squares = sumOfSquares(deviations, clusters);
  const variance = (squares / (draws - 1) / n) * (draws / n);
  return { mean, standardError: draws > 1 ? Math.sqrt(variance) : Number.NaN };
}

/** How many draws n values are: clusters, or each for itself. */
export function drawCount(n: number, clusters?: Clusters): number {
  return clusters ? clusterSizes(n, clusters).length : n;
}

/**
 * How many clusters of one size would leave as many degrees of freedom: 1 + (G − 1)/G·(Σ n_g²)²/Σ n_g⁴, the number of clusters G if they
 * all have the same size. If one cluster holds a large part of the values, its single deviation is most of the estimated error, which is
 * then a poor estimate.
 *
 * @see A. V. Carter, K. T. Schnepel, D. G. Steigerwald, "Asymptotic behavior of a t-test robust to cluster heterogeneity", Review of
 *   Economics and Statistics 99 (2017)
 */
export function effectiveDraws(n: number, clusters?: Clusters): number {
  if (!clusters) return n;
  const squares = clusterSizes(n, clusters).map((size) => size ** 2);
  const sum = squares.reduce((total, square) => total + square, 0);
  const equal = sum ** 2 / squares.reduce((total, square) => total + square ** 2, 0);
  return 1 + (equal * (squares.length - 1)) / squares.length;
}

function clusterSizes(n: number, clusters: Clusters): number[] {
  const sizes = new Map<number, number>();
  for (const cluster of clusters.slice(0, n)) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
  return [...sizes.values()];
}

/** Σ_g(Σ_{i∈g} d_i)², of deviations from a mean. */
export function sumOfSquares(deviations: readonly number[], clusters?: Clusters): number {
  if (!clusters) return deviations.reduce((sum, deviation) => sum + deviation ** 2, 0);
  const sums = new Map<number, number>();
  for (const [index, deviation] of deviations.entries()) {
    const cluster = clusters[index] ?? Number.NaN;
    sums.set(cluster, (sums.get(cluster) ?? 0) + deviation);
  }
  return [...sums.values()].reduce((total, sum) => total + sum ** 2, 0);
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
export function varianceOfMean(values: readonly number[], range: number, clusters?: Clusters): number {
  const { standardError } = meanWithError(values, clusters);
  const draws = drawCount(values.length, clusters);
  return (draws > 1 ? standardError ** 2 : 0) + leastVariance(range, draws);
}
