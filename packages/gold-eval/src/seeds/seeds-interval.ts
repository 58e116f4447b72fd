import { GoldEvalError } from '../errors.js';
import type { BootstrapOptions } from '../statistics/bootstrap.js';
import { type Clusters, checkClusters, drawCount, drawing, effectiveDraws } from '../statistics/clusters.js';
import { leastVariance, meanWithError, sumOfSquares } from '../statistics/mean-error.js';
import { randomStream } from '../statistics/random-stream.js';
import { studentQuantile } from '../statistics/student-quantile.js';
import type { Interval } from '../statistics/wilson-interval.js';

/** The mean of a statistic over training seeds, with an interval. */
export interface SeedsEstimate extends Interval {
  /** Mean over the seeds. */
  readonly value: number;
  /** [seeds], the statistic of each seed. */
  readonly perSeed: readonly number[];
  /** Standard error from the spread between seeds; NaN if there is one seed. */
  readonly seedError: number;
  /** Standard error from the choice of prompts. */
  readonly promptError: number;
  /** How many prompts that error rests on; of prompts in clusters, how many clusters of one size would say as much. */
  readonly prompts: number;
  /** The part of both errors that belongs to single values, and must count once: √(MS_E/SP). 0 where it is not known. */
  readonly residualError: number;
  /** Confidence of the interval. */
  readonly confidence: number;
  /** What the interval covers: with one seed, nothing is known about the luck of training. */
  readonly covers: 'prompts' | 'seeds and prompts';
}

/**
 * The interval of a mean over seeds, from the spread between seeds and the error that the choice of prompts leaves.
 *
 * mean ± t_ν·√v, v = a + b − e: a = s²/S the squared error between S seeds, b the squared error over P prompts, and e the
 * part of a single value's noise in both, which is in a and in b. Welch and Satterthwaite's degrees of freedom are
 * ν = v² / (a²/(S − 1) + b²/(P − 1) + e²/((S − 1)(P − 1))). v is never less than a or b.
 *
 * Seeds that share their prompts share the prompts' error, which their spread does not show, so both errors are added;
 * if the prompts differ from seed to seed, the spread holds that error already and the interval is wider than needed.
 *
 * Gotcha: two seeds have ν = 1, so their interval is wide. Satterthwaite's ν would cover 88 to 91 %.
 *
 * Gotcha: there is no bootstrap over seeds on purpose. Three seeds lie all on one side of the truth in one case of four,
 * and no resample of them reaches beyond the outermost: a percentile interval of three clusters covers 75 % at most.
 *
 * @param perSeed [S], one value for each seed
 * @param promptError √b, standard error of their mean from the choice of prompts; 0 if there is none
 * @param prompts P, how many prompts, or clusters of them, that error rests on
 * @param residualError √e; 0 by default, which makes the interval wider than needed
 * @throws {GoldEvalError} `invalid-lengths` if there is no seed, `invalid-option` for a bad confidence
 * @example
 * const { low, high } = seedsInterval([0.19, 0.12, 0.17], 0.02, 256);
 * console.log(low.toFixed(2), high.toFixed(2)); // 0.09 0.23
 * @see F. E. Satterthwaite, "An approximate distribution of estimates of variance components", Biometrics Bulletin 2 (1946)
 */
export function seedsInterval(
  perSeed: ArrayLike<number>,
  promptError: number,
  prompts: number,
  confidence: number = 0.95,
  residualError: number = 0,
): SeedsEstimate {
  const seeds = perSeed.length;
  if (seeds === 0)
    throw new GoldEvalError('invalid-lengths', 'a mean over seeds needs at least one seed, got none.');
  const { mean: value, standardError: seedError } = meanWithError(perSeed);
  const a = seeds > 1 ? seedError ** 2 : 0;
  const b = promptError ** 2;
  const e = seeds > 1 ? residualError ** 2 : 0;
  const variance = Math.max(a, b, a + b - e);
  const half =
    studentQuantile(confidence, degreesOfFreedom({ a, b, e, variance, seeds, prompts })) *
    Math.sqrt(variance);
  return {
    value,
    perSeed: Array.from(perSeed),
    seedError,
    promptError,
    prompts,
    residualError,
    low: value - half,
    high: value + half,
    confidence,
    covers: seeds > 1 ? 'seeds and prompts' : 'prompts',
  };
}

/** The same mean with the interval of another confidence; nothing is computed from the values again. */
export function atConfidence(
  { perSeed, promptError, prompts, residualError }: SeedsEstimate,
  confidence: number,
): SeedsEstimate {
  return seedsInterval(perSeed, promptError, prompts, confidence, residualError);
}

interface Errors {
  readonly a: number;
  readonly b: number;
  readonly e: number;
  readonly variance: number;
  readonly seeds: number;
  readonly prompts: number;
}

function degreesOfFreedom({ a, b, e, variance, seeds, prompts }: Errors): number {
  if (seeds === 2) return 1;
  const bySeeds = Math.max(1, seeds - 1);
  const byPrompts = Math.max(1, prompts - 1);
  const spread = a ** 2 / bySeeds + b ** 2 / byPrompts + e ** 2 / (bySeeds * byPrompts);
  // Without any spread there is nothing to widen.
  return spread > 0 ? Math.max(1, variance ** 2 / spread) : byPrompts;
}

/**
 * The mean over seeds and prompts of values of each prompt: a win rate, or a difference of two at equal KL.
 *
 * Seeds and prompts make a two-way table with one value in each cell. The error over prompts is that of the prompts' means
 * over seeds, s/√P, the limit of a bootstrap that draws the same prompts in every seed, and never 0: few equal outcomes prove
 * little. The residual is that of the table, MS_E = Σ(x_sp − x̄_s − x̄_p + x̄)²/((S − 1)(P − 1)). The interval is {@link
 * seedsInterval}'s.
 *
 * Prompts that belong together, such as those about packages of one source, are won and lost together, and are one draw: with clusters,
 * deviations are summed within each before they are squared, in both errors, and P is how many clusters of one size would say as much:
 * 1 + (G − 1)/G·(Σ n_g²)²/Σ n_g⁴ for G clusters of n_g prompts.
 *
 * @param values [seeds][prompts]; seeds with the same number of prompts are taken to share them
 * @param range how far apart values can be: 1 for outcomes (the default), 2 for differences of outcomes
 * @param clusters [prompts], which prompts belong together: those with the same number; each for itself by default
 * @throws {GoldEvalError} `invalid-lengths` if there is no seed or one has no prompt
 * @example
 * const { value } = meanOverSeeds([[1, 0, 1, 1], [1, 0, 0, 1]]);
 * console.log(value); // 0.625
 */
export function meanOverSeeds(
  values: readonly ArrayLike<number>[],
  {
    confidence,
    range = 1,
    clusters,
  }: {
    readonly confidence?: number | undefined;
    readonly range?: number;
    readonly clusters?: Clusters | undefined;
  } = {},
): SeedsEstimate {
  const prompts = Math.min(...values.map(({ length }) => length));
  if (!(prompts >= 1 && Number.isFinite(prompts))) {
    throw new GoldEvalError('invalid-lengths', 'a mean over seeds needs at least one prompt in every seed.');
  }
  checkClusters(clusters, Math.max(...values.map(({ length }) => length)));
  const perSeed = values.map((seed) => meanWithError(seed).mean);
  const shared = values.every(({ length }) => length === prompts);
  const { byPrompts, residual } = shared
    ? sharedPromptVariances(values, perSeed, clusters)
    : {
        byPrompts:
          values.reduce((sum, seed) => sum + meanWithError(seed, clusters).standardError ** 2, 0) /
          values.length ** 2,
        residual: 0,
      };
  const least = leastVariance(range, drawCount(prompts, clusters));
  const promptError = Math.sqrt((Number.isFinite(byPrompts) ? byPrompts : 0) + least);
  const effective = effectiveDraws(prompts, clusters);
  return seedsInterval(perSeed, promptError, effective, confidence, Math.sqrt(residual));
}

/** Squared errors of the grand mean in a table of seeds × prompts: from the prompts, and from what neither explains. */
function sharedPromptVariances(
  values: readonly ArrayLike<number>[],
  perSeed: readonly number[],
  clusters: Clusters | undefined,
): { readonly byPrompts: number; readonly residual: number } {
  const seeds = values.length;
  const prompts = values[0]?.length ?? 0;
  const perPrompt = Array.from(
    { length: prompts },
    (_, prompt) => values.reduce((sum, seed) => sum + (seed[prompt] ?? Number.NaN), 0) / seeds,
  );
  const { mean, standardError } = meanWithError(perPrompt, clusters);
  const squares = values.reduce((sum, row, seed) => {
    const own = perSeed[seed] ?? Number.NaN;
    const deviations = Array.from(
      row,
      (value, prompt) => value - own - (perPrompt[prompt] ?? Number.NaN) + mean,
    );
    return sum + sumOfSquares(deviations, clusters);
  }, 0);
  const draws = drawCount(prompts, clusters);
  const freedom = (seeds - 1) * (draws - 1);
  return {
    byPrompts: standardError ** 2,
    residual: freedom > 0 ? (squares / freedom / (seeds * prompts)) * (draws / prompts) : 0,
  };
}

/** One seed's prompts, and statistics of any resample of them. */
export interface SeedSample {
  /** How many prompts there are. */
  readonly prompts: number;
  /** [prompts], which belong together, as of `meanOverSeeds`. */
  readonly clusters?: Clusters | undefined;
  /** The statistics of the prompts at the positions given, each as often as it is there. */
  readonly statistics: (sample: Uint32Array) => readonly number[];
}

/** Options of intervals over seeds. */
export interface SeedsBootstrapOptions extends BootstrapOptions {
  /** How far apart values of each statistic can be: 1 for win rates, 2 for their differences; unknown by default. */
  readonly ranges?: readonly number[];
}

/**
 * Means over seeds of statistics that are no means over prompts, such as maxima.
 *
 * The error over prompts is the standard deviation over bootstrap resamples of the mean over seeds. A resample draws the
 * same prompts in every seed if their numbers are equal, and whole clusters where there are some. With a range the error is never 0, as in {@link meanOverSeeds}.
 * The intervals are {@link seedsInterval}'s.
 *
 * @param seeds each with the same number of statistics
 * @returns one estimate for each statistic
 * @throws {GoldEvalError} `invalid-lengths` if there is no seed, one has no prompt, or their statistics differ in number
 * @example
 * const seed = (outcomes: number[]) => ({
 *   prompts: outcomes.length,
 *   statistics: (sample: Uint32Array) => [sample.reduce((sum, at) => sum + outcomes[at]!, 0) / sample.length],
 * });
 * console.log(bootstrapOverSeeds([seed([1, 0, 1, 1]), seed([1, 0, 0, 1])])[0]?.value); // 0.625
 */
export function bootstrapOverSeeds(
  seeds: readonly SeedSample[],
  { seed = 0, resamples = 1000, confidence = 0.95, ranges = [] }: SeedsBootstrapOptions = {},
): SeedsEstimate[] {
  const prompts = Math.min(...seeds.map((one) => one.prompts));
  if (!(prompts >= 1 && Number.isFinite(prompts))) {
    throw new GoldEvalError(
      'invalid-lengths',
      'a bootstrap over seeds needs at least one prompt in every seed.',
    );
  }
  if (!(Number.isInteger(resamples) && resamples >= 100)) {
    throw new GoldEvalError('invalid-option', `resamples must be an integer ≥ 100, got ${resamples}.`);
  }
  const smallest = (count: (prompts: number, clusters?: Clusters) => number): number =>
    Math.min(...seeds.map((one) => count(one.prompts, one.clusters)));
  const [draws, effective] = [smallest(drawCount), smallest(effectiveDraws)];
  const whole = seeds.map(({ prompts: count, statistics }) =>
    statistics(Uint32Array.from({ length: count }, (_, index) => index)),
  );
  const count = whole[0]?.length ?? 0;
  if (whole.some(({ length }) => length !== count)) {
    throw new GoldEvalError('invalid-lengths', 'every seed must return the same number of statistics.');
  }
  for (const one of seeds) checkClusters(one.clusters, one.prompts);
  const random = randomStream(seed);
  const shared = seeds.every((one) => one.prompts === prompts);
  const drawers = seeds.map((one) => drawing(one.prompts, one.clusters));
  const means: number[][] = Array.from({ length: resamples }, () => {
    const common = shared ? drawers[0]?.(random) : undefined;
    const drawn = seeds.map((one, index) =>
      one.statistics(common ?? drawers[index]?.(random) ?? new Uint32Array()),
    );
    return Array.from(
      { length: count },
      (_, place) =>
        drawn.reduce((sum, statistics) => sum + (statistics[place] ?? Number.NaN), 0) / seeds.length,
    );
  });
  return Array.from({ length: count }, (_, place) => {
    const { standardError } = meanWithError(means.map((row) => row[place] ?? Number.NaN));
    return seedsInterval(
      whole.map((statistics) => statistics[place] ?? Number.NaN),
      Math.sqrt(standardError ** 2 * resamples + leastVariance(ranges[place] ?? 0, draws)),
      effective,
      confidence,
    );
  });
}
