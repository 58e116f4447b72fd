import { GoldEvalError } from '../errors.js';
import { checkSquareRootKls, type EvaluationPoint } from '../frontier/evaluation-point.js';
import { simultaneousConfidence } from '../statistics/confidence.js';
import { sampleMean } from '../statistics/sample-mean.js';
import { clusteredWilson } from '../statistics/wilson-interval.js';
import { meanOverSeeds, type SeedSample, type SeedsEstimate } from './seeds-interval.js';

/** One method's evaluations in each seed, seed by seed; along a run, over β, or both. */
export type SeedCurves = readonly (readonly EvaluationPoint[])[];

/**
 * Each evaluation's win rate averaged over seeds, with intervals inside [0, 1] that hold all at once: {@link
 * meanOverSeeds}'s, of one seed Wilson's, at Bonferroni's confidence.
 */
export function meanRates(curves: SeedCurves, what: string, confidence: number | undefined): SeedsEstimate[] {
  return meanRatesAt(curves, what, simultaneousConfidence(matchedCount(curves, what), confidence));
}

/** Each evaluation's win rate averaged over seeds, each with an interval of its own at the confidence given. */
export function meanRatesAt(
  curves: SeedCurves,
  what: string,
  confidence: number | undefined,
): SeedsEstimate[] {
  for (const curve of curves) checkSquareRootKls(curve);
  return Array.from({ length: matchedCount(curves, what) }, (_, index) => {
    const [first = [], ...others] = curves.map((curve) => kept(curve[index]?.outcomes));
    const clusters = curves[0]?.[index]?.clusters;
    const mean = meanOverSeeds([first, ...others], { confidence, clusters });
    // Without a spread between seeds t's interval is narrow, and its lower end too high for rates near 1; Wilson's is not.
    const { low, high } = others.length > 0 ? mean : clusteredWilson(first, clusters, confidence);
    return { ...mean, low: Math.max(0, low), high: Math.min(1, high) };
  });
}

/** How many evaluations every seed has. */
export function matchedCount(curves: SeedCurves, what: string): number {
  const count = curves[0]?.length ?? 0;
  if (count > 0 && curves.every(({ length }) => length === count)) return count;
  const got = curves.map(({ length }) => length).join(', ') || 'none';
  throw new GoldEvalError('invalid-lengths', `${what} needs the same evaluations in every seed, got ${got}.`);
}

/** A seed's curve as a sample whose rates any statistic can be taken of. */
export function resampledRates(
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
    clusters: curve[0]?.clusters,
    statistics: (sample) =>
      statistics(
        outcomes.map((values) => sampleMean(values, sample)),
        kls,
      ),
  };
}

export function kept(outcomes: readonly number[] | undefined): readonly number[] {
  if (outcomes && outcomes.length > 0) return outcomes;
  throw new GoldEvalError(
    'invalid-lengths',
    'statistics over seeds need the outcomes of the same prompts at every point; keep what pairOutcomes returns.',
  );
}
