import { GoldEvalError } from '../errors.js';
import { shown } from '../shown.js';
import { type Clusters, drawing } from './clusters.js';
import { checkConfidence } from './confidence.js';
import { randomStream } from './random-stream.js';
import { sampleMean } from './sample-mean.js';
import type { Interval } from './wilson-interval.js';

/** Options of bootstrap intervals. */
export interface BootstrapOptions {
  /** Seed of the resampling; 0 by default. */
  readonly seed?: number;
  /** How many resamples; by default 10,000, for `klAtWinRate` 2,000, over seeds 1,000. */
  readonly resamples?: number;
  /** Confidence of the interval; 0.95 by default. */
  readonly confidence?: number;
}

/** Options of bootstrap intervals of values that may belong together. */
export interface ClusteredBootstrapOptions extends BootstrapOptions {
  /** [n], which prompts belong together, as of `meanOverSeeds`; each for itself by default. */
  readonly clusters?: Clusters | undefined;
}

/**
 * The percentile bootstrap interval of a mean of paired differences.
 *
 * Prompts, or whole clusters of them, are drawn with replacement; each resample's mean is taken, and the interval's ends are the (1 ∓ confidence)/2
 * quantiles of those means.
 *
 * Gotcha: differences that are all equal resample to nothing else, so their interval has no width, however few they are.
 *
 * Gotcha: of few draws the interval is narrow: with 16 clusters, one of 95 % covers about 91 %.
 *
 * @param differences [n], one difference for each prompt
 * @returns the interval, in the unit of the differences
 * @throws {GoldEvalError} `invalid-lengths` if there is no difference, or clusters do not name that of each, `invalid-value` for a
 *   difference that is not a finite number, `invalid-option` for a bad option
 * @example
 * const { low, high } = bootstrapInterval([1, 0, 0.5, -1, 1, 1, 0, 0.5], { seed: 7 });
 * console.log(low < 0.375 && 0.375 < high); // true
 * @see B. Efron, R. Tibshirani, "An Introduction to the Bootstrap" (1993), section 13.3
 */
export function bootstrapInterval(
  differences: ArrayLike<number>,
  options: ClusteredBootstrapOptions = {},
): Interval {
  for (let index = 0; index < differences.length; index++) {
    const difference: unknown = differences[index];
    if (Number.isFinite(difference)) continue;
    throw new GoldEvalError(
      'invalid-value',
      `difference ${index} must be a finite number, got ${shown(difference)}; leave out the prompts that have none.`,
    );
  }
  const statistics = bootstrapStatistics(
    differences.length,
    (sample) => sampleMean(differences, sample),
    options,
  );
  return percentileInterval(statistics, options.confidence);
}

/** The statistic of each of many resamples of n prompts, or of their clusters, unsorted. */
export function bootstrapStatistics(
  n: number,
  statistic: (sample: Uint32Array) => number,
  { seed = 0, resamples = 10_000, clusters }: ClusteredBootstrapOptions,
): Float64Array {
  if (n === 0) throw new GoldEvalError('invalid-lengths', 'a bootstrap needs at least one prompt, got none.');
  if (!(Number.isInteger(resamples) && resamples >= 100)) {
    throw new GoldEvalError('invalid-option', `resamples must be an integer ≥ 100, got ${resamples}.`);
  }
  const random = randomStream(seed);
  const draw = drawing(n, clusters);
  return Float64Array.from({ length: resamples }, () => statistic(draw(random)));
}

/** The middle share of the values, by linear interpolation between order statistics. */
export function percentileInterval(values: Float64Array, confidence: number = 0.95): Interval {
  checkConfidence(confidence);
  const sorted = values.toSorted();
  const quantile = (probability: number): number => {
    const position = probability * (sorted.length - 1);
    const below = sorted[Math.floor(position)] ?? Number.NaN;
    const above = sorted[Math.ceil(position)] ?? Number.NaN;
    // Equal ends first: infinities do not interpolate.
    return below === above ? below : below + (position - Math.floor(position)) * (above - below);
  };
  return { low: quantile((1 - confidence) / 2), high: quantile((1 + confidence) / 2) };
}
