import { GoldEvalError } from '../errors.js';
import { simultaneousConfidence } from '../statistics/confidence.js';
import { pairedDifferences } from '../win-rate/compare-policies.js';
import { kept, matchedCount, type SeedCurves } from './seed-curves.js';
import { atConfidence, meanOverSeeds, type SeedsEstimate } from './seeds-interval.js';

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
 * fall = max_k (mean rate_k − mean rate_K), inside [0, 1]. Its lower end is the largest of the K − 1 differences' lower ends at
 * Bonferroni's confidence 1 − (1 − confidence)/(K − 1): it knows that the peak was picked. Its upper end is the largest of
 * their upper ends at the confidence asked for, which covers already: P(max_k U_k ≥ δ) ≥ P(U_k* ≥ δ) for the k* of the true
 * peak. It bounds the fall of a method that ended at its peak too.
 *
 * @param curves [seeds][K] evaluations in the order of the run, at the same positions in every seed, with their outcomes
 * @throws {GoldEvalError} `invalid-lengths` if there is no seed or evaluation, their numbers differ, or outcomes were not
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
  const adjusted = Array.from({ length: count }, (_, index) =>
    meanOverSeeds(
      curves.map((curve) => pairedDifferences(kept(curve[index]?.outcomes), kept(curve.at(-1)?.outcomes))),
      { confidence: simultaneous, range: 2, clusters: curves[0]?.[index]?.clusters },
    ),
  );
  let peakIndex = 0;
  for (const [index, { value }] of adjusted.entries())
    if (value > (adjusted[peakIndex]?.value ?? 0)) peakIndex = index;
  const peak = adjusted[peakIndex];
  if (!peak)
    throw new GoldEvalError('invalid-lengths', 'a fall over seeds needs at least one evaluation, got none.');
  // The last evaluation less itself bounds nothing, unless it is the only one.
  const earlier = <Value>(all: readonly Value[]): readonly Value[] => (count > 1 ? all.slice(0, -1) : all);
  const low = Math.max(0, ...earlier(adjusted).map((difference) => difference.low));
  return {
    ...peak,
    confidence,
    low,
    high: Math.min(
      1,
      Math.max(0, ...earlier(adjusted).map((difference) => atConfidence(difference, confidence).high)),
    ),
    peakIndex,
    significant: low > 0,
  };
}
