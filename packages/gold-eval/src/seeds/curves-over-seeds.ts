import { GoldEvalError } from '../errors.js';
import {
  byKl,
  checkRate,
  checkSquareRootKls,
  firstCrossing,
  interpolate,
  largestSharedKl,
} from '../frontier/frontier.js';
import { type FrontierPoint, runningMaxima } from '../frontier/frontier-band.js';
import type { EvaluationPoint } from '../frontier/over-optimization.js';
import type { BootstrapOptions } from '../statistics/bootstrap.js';
import { simultaneousConfidence } from '../statistics/confidence.js';
import { wilsonInterval } from '../statistics/wilson-interval.js';
import { pairedDifferences } from '../win-rate/compare-policies.js';
import { bootstrapOverSeeds, meanOverSeeds, type SeedSample, type SeedsEstimate } from './seeds-interval.js';

/** One method's evaluations in each seed, seed by seed; along a run, over β, or both. */
export type SeedCurves = readonly (readonly EvaluationPoint[])[];

/** The difference of two methods' win rates at equal √KL, over seeds. */
export interface SeedsComparisonAtKl extends SeedsEstimate {
  /** [seeds], where each seed's curves were compared, in √nats. */
  readonly squareRootKls: readonly number[];
}

/** Where to compare: at one √KL in all seeds, or at a share of what each seed's curves reached. */
export interface CompareAtKlOverSeedsOptions {
  /** One √KL for all seeds, in √nats. */
  readonly squareRootKl?: number;
  /** In each seed this share, above 0 and at most 1, of the largest √KL that both methods reached there; 1 by default. */
  readonly share?: number;
  /** Confidence of the interval; 0.95 by default. */
  readonly confidence?: number | undefined;
}

/**
 * Compares two methods' win rates at equal √KL in every seed, and averages over seeds.
 *
 * In each seed both curves are read by linear interpolation at the √KL asked for, prompt by prompt: by
 * default, at the largest that both reached there. The mean over prompts and seeds has {@link meanOverSeeds}'s interval.
 * √KL itself is taken as known.
 *
 * @param first [seeds] evaluations of one method, each with its outcomes
 * @param second [seeds], of the other, for the same seeds and prompts
 * @returns undefined if in some seed the curves do not both reach that √KL
 * @throws GoldEvalError `invalid-lengths` if seeds or prompts differ or outcomes were not kept, `invalid-value` for a bad
 *   √KL, `invalid-option` for a bad share or confidence, or a √KL and a share at once
 * @example
 * const curve = (rows: number[][]) =>
 *   rows.map((outcomes, index) => ({ fraction: 1, squareRootKl: index, rate: outcomes[0]!, n: 1, outcomes }));
 * const [rising, flat] = [[curve([[0], [1]])], [curve([[0], [0]])]];
 * console.log(compareAtKlOverSeeds(rising, flat)?.value); // 1
 * console.log(compareAtKlOverSeeds(rising, flat, { share: 0.25 })?.value); // 0.25
 */
export function compareAtKlOverSeeds(
  first: SeedCurves,
  second: SeedCurves,
  { squareRootKl: asked, share, confidence }: CompareAtKlOverSeedsOptions = {},
): SeedsComparisonAtKl | undefined {
  checkSeeds(first, second);
  if (asked !== undefined && share !== undefined) {
    throw new GoldEvalError('invalid-option', 'give either squareRootKl or share, not both.');
  }
  if (share !== undefined && !(share > 0 && share <= 1)) {
    throw new GoldEvalError('invalid-option', `share must be above 0 and at most 1, got ${share}.`);
  }
  const squareRootKls: number[] = [];
  const differences: number[][] = [];
  for (const [seed, curve] of first.entries()) {
    const other = second[seed] ?? [];
    const squareRootKl = asked ?? (share ?? 1) * largestSharedKl(curve, other);
    const read = interpolate(curve, squareRootKl);
    const otherRead = interpolate(other, squareRootKl);
    if (!read || !otherRead) return undefined;
    squareRootKls.push(squareRootKl);
    differences.push(pairedDifferences(kept(read.outcomes), kept(otherRead.outcomes)));
  }
  return { ...meanOverSeeds(differences, { confidence, range: 2 }), squareRootKls };
}

/** How far a method's win rate has fallen since its peak, over seeds. */
export interface FallOverSeeds extends SeedsEstimate {
  /** Position of the peak of the mean over seeds, the first of equals. */
  readonly peakIndex: number;
  /**
   * Whether the fall is larger than its noise: whether its two-sided interval excludes 0, so at a one-sided level of
   * (1 − confidence)/2, 2.5 % by default; `overOptimization` asks for 1 − confidence.
   */
  readonly significant: boolean;
}

/**
 * How far the win rate, averaged over seeds, lies below its peak at the end of a run.
 *
 * fall = max_k (mean rate_k − mean rate_K). Each of the K − 1 differences has its interval over seeds and prompts at
 * Bonferroni's confidence 1 − (1 − confidence)/(K − 1), so that all hold at once; the fall's interval runs from the largest
 * lower to the largest upper end, inside [0, 1]. It knows that the peak was picked, and it bounds the fall of a method that
 * ended at its peak too.
 *
 * @param curves [seeds][K] evaluations in the order of the run, at the same positions in every seed, with their outcomes
 * @throws GoldEvalError `invalid-lengths` if there is no seed or evaluation, their numbers differ, or outcomes were not
 *   kept, `invalid-option` for a bad confidence
 * @example
 * const run = [[1, 0, 0, 0], [1, 1, 1, 1], [1, 0, 1, 1]].map((outcomes, index) => ({
 *   fraction: index / 2, squareRootKl: index, rate: outcomes.reduce((sum, value) => sum + value, 0) / 4, n: 4, outcomes,
 * }));
 * const { value, peakIndex, significant } = fallOverSeeds([run]);
 * console.log(value, peakIndex, significant); // 0.25 1 false
 */
export function fallOverSeeds(curves: SeedCurves, confidence: number = 0.95): FallOverSeeds {
  const count = matchedCount(curves, 'a fall over seeds');
  const simultaneous = simultaneousConfidence(Math.max(1, count - 1), confidence);
  const since = Array.from({ length: count }, (_, index) =>
    meanOverSeeds(
      curves.map((curve) => pairedDifferences(kept(curve[index]?.outcomes), kept(curve.at(-1)?.outcomes))),
      { confidence: simultaneous, range: 2 },
    ),
  );
  let peakIndex = 0;
  for (const [index, { value }] of since.entries())
    if (value > (since[peakIndex]?.value ?? 0)) peakIndex = index;
  const peak = since[peakIndex];
  if (!peak)
    throw new GoldEvalError('invalid-lengths', 'a fall over seeds needs at least one evaluation, got none.');
  const earlier = count > 1 ? since.slice(0, -1) : since;
  const low = Math.max(0, ...earlier.map((difference) => difference.low));
  return {
    ...peak,
    low,
    high: Math.min(1, Math.max(0, ...earlier.map((difference) => difference.high))),
    peakIndex,
    significant: low > 0,
  };
}

/** A method's best evaluation, over seeds. */
export interface PeakOverSeeds {
  /** The highest mean win rate; `perSeed` and errors are of the evaluation that has it, the first of equals. */
  readonly rate: SeedsEstimate;
  /** √KL of each seed's own best evaluation, averaged, in √nats. */
  readonly squareRootKl: SeedsEstimate;
}

/**
 * The highest win rate of the mean curve, and where each seed has its own.
 *
 * rate = max_k (mean over seeds of rate_k): one evaluation for all seeds, because each seed's own maximum lies too high by
 * that seed's noise. Its interval, that of the last point of {@link frontierOverSeeds}, runs from the largest lower to the
 * largest upper end of the K mean rates' intervals: it bounds the peak of the mean curve, whichever evaluation that is, and
 * knows that it was picked.
 *
 * Gotcha: the place has {@link bootstrapOverSeeds}'s interval, each resample with its own peaks, which is rough: if several
 * evaluations are about as good as the best, no resample knows where the peak is.
 *
 * @param curves [seeds][K] evaluations with their outcomes, the i-th of each seed made in the same way
 * @param options seed and resamples are those of the place
 * @throws GoldEvalError `invalid-lengths` if there is no seed or evaluation, their numbers differ, or outcomes were not
 *   kept, `invalid-value` for a bad √KL, `invalid-option` for a bad option
 * @example
 * const curve = [[0, 0], [1, 1], [1, 0]].map((outcomes, index) => ({
 *   fraction: index, squareRootKl: index, rate: (outcomes[0]! + outcomes[1]!) / 2, n: 2, outcomes,
 * }));
 * const { rate, squareRootKl } = peakOverSeeds([curve]);
 * console.log(rate.value, squareRootKl.value); // 1 1
 */
export function peakOverSeeds(curves: SeedCurves, options: BootstrapOptions = {}): PeakOverSeeds {
  const rates = meanRates(curves, 'a peak over seeds', options.confidence);
  const peak = rates.reduce((most, rate) => (rate.value > most.value ? rate : most));
  const [squareRootKl] = bootstrapOverSeeds(
    curves.map((curve) =>
      resampledRates(curve, (values, kls) => {
        const best = values.reduce((most, value, index) => (value > (values[most] ?? 0) ? index : most), 0);
        return [kls[best] ?? Number.NaN];
      }),
    ),
    options,
  );
  if (!squareRootKl)
    throw new GoldEvalError('invalid-lengths', 'a peak needs at least one evaluation, got none.');
  const rate = {
    ...peak,
    low: Math.max(...rates.map(({ low }) => low)),
    high: Math.max(...rates.map(({ high }) => high)),
  };
  return { rate, squareRootKl };
}

/**
 * The win-rate–KL frontier of the mean curve over seeds, with its band.
 *
 * rate(κ_i) = max {mean rate_j : κ_j ≤ κ_i}, κ_i the mean √KL over seeds of the i-th evaluation: the seeds' points of one
 * β, or of one step, lie at slightly different √KL, and a frontier must not jump between them. low and high are the same
 * maxima of the ends of the K mean rates' intervals at Bonferroni's confidence 1 − (1 − confidence)/K, {@link
 * meanOverSeeds}'s, of one seed Wilson's, so that the band holds the whole frontier at once, as in {@link frontierBand}.
 *
 * @param curves [seeds][K] evaluations with their outcomes, the i-th of each seed made in the same way
 * @returns by rising √KL; rates and both ends never fall, and lie between 0 and 1
 * @throws GoldEvalError `invalid-lengths` if there is no seed or evaluation, their numbers differ, or outcomes were not
 *   kept, `invalid-value` for a bad √KL, `invalid-option` for a bad confidence
 * @example
 * const curve = [[0, 0], [1, 1], [1, 0]].map((outcomes, index) => ({
 *   fraction: index, squareRootKl: index, rate: (outcomes[0]! + outcomes[1]!) / 2, n: 2, outcomes,
 * }));
 * console.log(frontierOverSeeds([curve]).map(({ rate }) => rate)); // [ 0, 1, 1 ]
 */
export function frontierOverSeeds(
  curves: SeedCurves,
  { confidence }: { readonly confidence?: number | undefined } = {},
): FrontierPoint[] {
  const points = meanRates(curves, 'a frontier over seeds', confidence).map(
    ({ value: rate, low, high }, index) => {
      const kls = curves.map((curve) => curve[index]?.squareRootKl ?? Number.NaN);
      return { squareRootKl: kls.reduce((sum, kl) => sum + kl, 0) / kls.length, rate, low, high };
    },
  );
  return runningMaxima(points.sort((a, b) => a.squareRootKl - b.squareRootKl));
}

/**
 * The √KL that a method needs to reach a win rate, averaged over seeds.
 *
 * Each seed's first crossing of the curve through its points by rising √KL, with {@link bootstrapOverSeeds}'s interval; a
 * resample that never reaches the rate counts as its seed's largest √KL, which is too little.
 *
 * @param rate the win rate to reach, between 0 and 1
 * @returns undefined if a seed never reaches the rate, or more than a tenth of all seeds' resamples do not: then there is
 *   no meaningful mean
 * @throws GoldEvalError `invalid-lengths` if there is no seed or evaluation, or outcomes were not kept, `invalid-value`
 *   for a rate outside [0, 1] or a bad √KL, `invalid-option` for a bad option
 * @example
 * const curve = [[0, 0], [1, 1]].map((outcomes, index) => ({
 *   fraction: index, squareRootKl: index, rate: outcomes[0]!, n: 2, outcomes,
 * }));
 * console.log(klAtWinRateOverSeeds([curve], 0.5)?.value); // 0.5
 */
export function klAtWinRateOverSeeds(
  curves: SeedCurves,
  rate: number,
  options: BootstrapOptions = {},
): SeedsEstimate | undefined {
  checkRate(rate);
  let asked = 0;
  let missed = 0;
  const seeds = curves.map((curve) => {
    const largest = Math.max(...curve.map(({ squareRootKl }) => squareRootKl));
    return resampledRates(byKl(curve), (rates, kls) => {
      const crossing = firstCrossing(kls, rates, rate);
      asked++;
      if (!Number.isFinite(crossing)) missed++;
      return [Number.isFinite(crossing) ? crossing : largest];
    });
  });
  const reached = curves.every((curve) => curve.some((point) => point.rate >= rate));
  const [estimate] = bootstrapOverSeeds(seeds, options);
  return reached && missed <= asked / 10 ? estimate : undefined;
}

/**
 * Each evaluation's win rate averaged over seeds, with intervals inside [0, 1] that hold all at once: {@link
 * meanOverSeeds}'s, of one seed Wilson's, at Bonferroni's confidence.
 */
function meanRates(curves: SeedCurves, what: string, confidence: number | undefined): SeedsEstimate[] {
  for (const curve of curves) checkSquareRootKls(curve);
  const count = matchedCount(curves, what);
  const simultaneous = simultaneousConfidence(count, confidence);
  return Array.from({ length: count }, (_, index) => {
    const [first = [], ...others] = curves.map((curve) => kept(curve[index]?.outcomes));
    const mean = meanOverSeeds([first, ...others], { confidence: simultaneous });
    // Without a spread between seeds t's interval is narrow, and its lower end too high for rates near 1; Wilson's is not.
    const { low, high } =
      others.length > 0 ? mean : wilsonInterval(mean.value * first.length, first.length, simultaneous);
    return { ...mean, low: Math.max(0, low), high: Math.min(1, high) };
  });
}

/** How many evaluations every seed has. */
function matchedCount(curves: SeedCurves, what: string): number {
  const count = curves[0]?.length ?? 0;
  if (count > 0 && curves.every(({ length }) => length === count)) return count;
  const got = curves.map(({ length }) => length).join(', ') || 'none';
  throw new GoldEvalError('invalid-lengths', `${what} needs the same evaluations in every seed, got ${got}.`);
}

/** A seed's curve as a sample whose rates any statistic can be taken of. */
function resampledRates(
  curve: readonly EvaluationPoint[],
  statistics: (rates: readonly number[], squareRootKls: readonly number[]) => readonly number[],
): SeedSample {
  const outcomes = curve.map((point) => kept(point.outcomes));
  const prompts = outcomes[0]?.length ?? 0;
  if (outcomes.some(({ length }) => length !== prompts)) {
    throw new GoldEvalError(
      'invalid-lengths',
      'the evaluations kept outcomes for different numbers of prompts; evaluate all of them on the same prompts.',
    );
  }
  const kls = curve.map(({ squareRootKl }) => squareRootKl);
  return {
    prompts,
    statistics: (sample) =>
      statistics(
        outcomes.map((values) => {
          let sum = 0;
          for (const index of sample) sum += values[index] ?? Number.NaN;
          return sum / sample.length;
        }),
        kls,
      ),
  };
}

function checkSeeds(first: SeedCurves, second: SeedCurves): void {
  if (first.length !== second.length || first.length === 0) {
    throw new GoldEvalError(
      'invalid-lengths',
      `a comparison over seeds needs the same seeds on both sides, got ${first.length} and ${second.length}.`,
    );
  }
}

function kept(outcomes: readonly number[] | undefined): readonly number[] {
  if (outcomes && outcomes.length > 0) return outcomes;
  throw new GoldEvalError(
    'invalid-lengths',
    'statistics over seeds need the outcomes of the same prompts at every point; keep what pairOutcomes returns.',
  );
}
