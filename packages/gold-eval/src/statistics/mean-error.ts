/** Mean and standard error of the mean (sample standard deviation / √n); the error of a single value is NaN. */
export function meanWithError(values: readonly number[]): { mean: number; standardError: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: n > 1 ? Math.sqrt(squares / (n - 1) / n) : Number.NaN };
}

/**
 * The least squared error of a mean over n prompts: range²/4n(n + 1), as if half a prompt more lay at either end of the
 * range. Without it a handful of equal outcomes would claim to be certain.
 *
 * @see A. Agresti, Y. Min, "Simple improved confidence intervals for comparing matched proportions", Statistics in
 *   Medicine 24 (2005), who add a half to each cell
 */
export function leastVariance(range: number, prompts: number): number {
  return range ** 2 / (4 * prompts * (prompts + 1));
}

/** The squared error of a mean over prompts, s²/n + {@link leastVariance}; of a single prompt, whose s² is unknown, the latter alone. */
export function varianceOfMean(values: readonly number[], range: number): number {
  const { standardError } = meanWithError(values);
  return (values.length > 1 ? standardError ** 2 : 0) + leastVariance(range, values.length);
}
