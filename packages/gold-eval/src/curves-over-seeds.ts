import { pairedDifferences } from './compare-policies.js';
import { byKl, firstCrossing, interpolate, largestSharedKl } from './frontier.js';
import type { FrontierPoint } from './frontier-band.js';
import { GoldEvalError } from './gold-eval-error.js';
import type { BootstrapOptions } from './mean-difference.js';
import type { EvaluationPoint } from './over-optimization.js';
import { bootstrapOverSeeds, meanOverSeeds, type SeedSample, type SeedsEstimate } from './seeds-interval.js';

/** One method's evaluations in each seed, seed by seed; along a run, over β, or both. */
export type SeedCurves = readonly (readonly EvaluationPoint[])[];

/** The difference of two methods' win rates at equal √KL, over seeds. */
export interface SeedsComparisonAtKl extends SeedsEstimate {
  /** [seeds], where each seed's curves were compared, in √nats. */
  readonly squareRootKls: readonly number[];
}

/**
 * Compares two methods' win rates at equal √KL in every seed, and averages over seeds.
 *
 * In each seed both curves are read by linear interpolation at the largest √KL that both reached there, prompt by
 * prompt; the mean over prompts and seeds has {@link meanOverSeeds}'s interval. √KL itself is taken as known.
 *
 * @param first [seeds] evaluations of one method, each with its outcomes
 * @param second [seeds], of the other, for the same seeds and prompts
 * @returns undefined where in some seed the curves share no √KL
 * @throws GoldEvalError `LENGTHS` where seeds or prompts differ or outcomes were not kept
 * @example
 * const curve = (rows: number[][]) =>
 *   rows.map((outcomes, index) => ({ fraction: 1, squareRootKl: index, rate: outcomes[0]!, n: 1, outcomes }));
 * console.log(compareAtKlOverSeeds([curve([[0], [1]])], [curve([[0], [0]])])?.value); // 1
 */
export function compareAtKlOverSeeds(
  first: SeedCurves,
  second: SeedCurves,
  confidence?: number,
): SeedsComparisonAtKl | undefined {
  checkSeeds(first, second);
  const squareRootKls: number[] = [];
  const differences: number[][] = [];
  for (const [seed, curve] of first.entries()) {
    const other = second[seed] ?? [];
    const squareRootKl = largestSharedKl(curve, other);
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
  /** Whether the fall is larger than its noise: whether its interval excludes 0. */
  readonly significant: boolean;
}

/**
 * How far the win rate, averaged over seeds, lies below its peak at the end of a run.
 *
 * fall = max_k (mean rate_k − mean rate_K). Each of the K − 1 differences has its interval over seeds and prompts at
 * Bonferroni's confidence 1 − (1 − confidence)/(K − 1), so that all hold at once; the fall's interval runs from the largest
 * lower to the largest upper end, not below 0. It knows that the peak was picked, and it bounds the fall of a method that
 * ended at its peak too.
 *
 * @param curves [seeds][K] evaluations in the order of the run, at the same positions in every seed, with their outcomes
 * @throws GoldEvalError `LENGTHS` where there is no seed or evaluation, their numbers differ, or outcomes were not kept
 * @example
 * const run = [[1, 0, 0, 0], [1, 1, 1, 1], [1, 0, 1, 1]].map((outcomes, index) => ({
 *   fraction: index / 2, squareRootKl: index, rate: outcomes.reduce((sum, value) => sum + value, 0) / 4, n: 4, outcomes,
 * }));
 * const { value, peakIndex, significant } = fallOverSeeds([run]);
 * console.log(value, peakIndex, significant); // 0.25 1 false
 */
export function fallOverSeeds(curves: SeedCurves, confidence: number = 0.95): FallOverSeeds {
  const count = matchedCount(curves, 'a fall over seeds');
  const simultaneous = 1 - (1 - confidence) / Math.max(1, count - 1);
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
  if (!peak) throw new GoldEvalError('LENGTHS', 'a fall over seeds needs at least one evaluation, got none.');
  const earlier = count > 1 ? since.slice(0, -1) : since;
  const low = Math.max(0, ...earlier.map((difference) => difference.low));
  return {
    ...peak,
    low,
    high: Math.max(0, ...earlier.map((difference) => difference.high)),
    peakIndex,
    significant: low > 0,
  };
}

/** Where a method's best evaluation is, over seeds. */
export interface PeakOverSeeds {
  /** The highest win rate; of each seed, averaged. */
  readonly rate: SeedsEstimate;
  /** √KL of that evaluation, in √nats. */
  readonly squareRootKl: SeedsEstimate;
}

/**
 * Each seed's highest win rate and its √KL, averaged over seeds; {@link bootstrapOverSeeds} takes each resample's own peak.
 *
 * @param curves [seeds] evaluations with their outcomes
 * @throws GoldEvalError `LENGTHS` where there is no seed or evaluation, or outcomes were not kept
 * @example
 * const curve = [[0, 0], [1, 1], [1, 0]].map((outcomes, index) => ({
 *   fraction: index, squareRootKl: index, rate: (outcomes[0]! + outcomes[1]!) / 2, n: 2, outcomes,
 * }));
 * const { rate, squareRootKl } = peakOverSeeds([curve]);
 * console.log(rate.value, squareRootKl.value); // 1 1
 */
export function peakOverSeeds(curves: SeedCurves, options: BootstrapOptions = {}): PeakOverSeeds {
  const [rate, squareRootKl] = bootstrapOverSeeds(
    curves.map((curve) =>
      resampledRates(curve, (rates, kls) => {
        const best = rates.reduce((most, value, index) => (value > (rates[most] ?? 0) ? index : most), 0);
        return [rates[best] ?? Number.NaN, kls[best] ?? Number.NaN];
      }),
    ),
    { ...options, ranges: [1] },
  );
  if (!rate || !squareRootKl) throw new GoldEvalError('LENGTHS', 'a peak needs at least one evaluation.');
  return { rate, squareRootKl };
}

/**
 * The win-rate–KL frontier averaged over seeds, with its band.
 *
 * rate(κ_i) = mean over seeds of max {rate_j : κ_j ≤ κ_i}, κ_i the mean √KL over seeds of the i-th evaluation: the seeds'
 * points of one β, or of one step, lie at slightly different √KL, and a frontier must not jump between them. The band
 * is pointwise, over seeds and prompts, each resample with its own maxima.
 *
 * @param curves [seeds][K] evaluations with their outcomes, the i-th of each seed made in the same way
 * @returns by rising √KL; rates never fall
 * @throws GoldEvalError `LENGTHS` where there is no seed or evaluation, their numbers differ, or outcomes were not kept
 * @example
 * const curve = [[0, 0], [1, 1], [1, 0]].map((outcomes, index) => ({
 *   fraction: index, squareRootKl: index, rate: (outcomes[0]! + outcomes[1]!) / 2, n: 2, outcomes,
 * }));
 * console.log(frontierOverSeeds([curve]).map(({ rate }) => rate)); // [ 0, 1, 1 ]
 */
export function frontierOverSeeds(curves: SeedCurves, options: BootstrapOptions = {}): FrontierPoint[] {
  const count = matchedCount(curves, 'a frontier over seeds');
  const kls = Array.from(
    { length: count },
    (_, index) =>
      curves.reduce((sum, curve) => sum + (curve[index]?.squareRootKl ?? Number.NaN), 0) / curves.length,
  );
  const order = kls.map((_, index) => index).sort((a, b) => (kls[a] ?? 0) - (kls[b] ?? 0));
  const estimates = bootstrapOverSeeds(
    curves.map((curve) =>
      resampledRates(
        order.flatMap((index) => curve[index] ?? []),
        (rates) => {
          let most = 0;
          return rates.map((rate) => {
            most = Math.max(most, rate);
            return most;
          });
        },
      ),
    ),
    { ...options, ranges: order.map(() => 1) },
  );
  return order.flatMap((index, place) => {
    const estimate = estimates[place];
    if (!estimate) return [];
    const { value: rate, low, high } = estimate;
    return [{ squareRootKl: kls[index] ?? Number.NaN, rate, low: Math.max(0, low), high: Math.min(1, high) }];
  });
}

/**
 * The √KL that a method needs to reach a win rate, averaged over seeds.
 *
 * Each seed's first crossing of the curve through its points by rising √KL.
 *
 * @returns undefined where a seed, or a tenth of its resamples, never reaches the rate: then there is no mean to speak of
 * @throws GoldEvalError `LENGTHS` where there is no seed or evaluation, or outcomes were not kept
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

/** How many evaluations every seed has. */
function matchedCount(curves: SeedCurves, what: string): number {
  const count = curves[0]?.length ?? 0;
  if (count > 0 && curves.every(({ length }) => length === count)) return count;
  const got = curves.map(({ length }) => length).join(', ') || 'none';
  throw new GoldEvalError('LENGTHS', `${what} needs the same evaluations in every seed, got ${got}.`);
}

/** A seed's curve as a sample whose rates any statistic can be taken of. */
function resampledRates(
  curve: readonly EvaluationPoint[],
  statistics: (rates: readonly number[], squareRootKls: readonly number[]) => readonly number[],
): SeedSample {
  const outcomes = curve.map((point) => kept(point.outcomes));
  const prompts = outcomes[0]?.length ?? 0;
  if (outcomes.some(({ length }) => length !== prompts)) {
    throw new GoldEvalError('LENGTHS', 'the evaluations kept outcomes of different numbers of prompts.');
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
      'LENGTHS',
      `a comparison over seeds needs the same seeds on both sides, got ${first.length} and ${second.length}.`,
    );
  }
}

function kept(outcomes: readonly number[] | undefined): readonly number[] {
  if (outcomes && outcomes.length > 0) return outcomes;
  throw new GoldEvalError(
    'LENGTHS',
    'statistics over seeds need the outcomes of the same prompts at every point; keep what pairOutcomes returns.',
  );
}
