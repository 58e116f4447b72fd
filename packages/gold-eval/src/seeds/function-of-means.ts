/** A function of a mean, and its derivative there. */
export interface FunctionValue {
  readonly value: number;
  readonly slope: number;
}

/**
 * The table of seeds and prompts that stands for a function of each seed's mean, such as the root or the logarithm of a KL
 * divergence: f(m) + f′(m)·(x_p − m), whose mean over prompts is f(m), and whose spread over prompts is the error that the choice of
 * prompts makes of it (the delta method). Tables of two methods on the same prompts may be subtracted: what both share cancels.
 *
 * @param values [seeds][prompts]
 * @param f at a mean
 * @param means [seeds], of what f is taken; those of the values by default
 * @returns [seeds][prompts], for `meanOverSeeds`
 * @example
 * console.log(functionOfMeans([[1, 3]], logarithm)[0]?.map((value) => (value - Math.log(2)).toFixed(1))); // [ '-0.5', '0.5' ]
 */
export function functionOfMeans(
  values: readonly ArrayLike<number>[],
  f: (mean: number) => FunctionValue,
  means: ArrayLike<number> = values.map(meanOf),
): number[][] {
  return values.map((row, seed) => {
    const { value, slope } = f(means[seed] ?? Number.NaN);
    const own = meanOf(row);
    return Array.from(row, (each) => value + slope * (each - own));
  });
}

function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * √x, for {@link functionOfMeans}; flat at 0 and below, where a divergence was estimated as nothing.
 *
 * @example
 * console.log(squareRoot(4)); // { value: 2, slope: 0.25 }
 */
export function squareRoot(mean: number): FunctionValue {
  const value = Math.sqrt(Math.max(0, mean));
  return { value, slope: value > 0 ? 1 / (2 * value) : 0 };
}

/**
 * ln x, for {@link functionOfMeans}.
 *
 * @example
 * console.log(logarithm(1)); // { value: 0, slope: 1 }
 */
export function logarithm(mean: number): FunctionValue {
  return { value: Math.log(mean), slope: 1 / mean };
}
