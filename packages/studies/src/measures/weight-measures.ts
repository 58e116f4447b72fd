import { seedsInterval } from '@ais/gold-eval';
import type { PolicyStudyData } from '../data/study-data.js';
import { adaptiveSweep } from './find-sweep.js';
import { type MeasuredNumber, measuredOverSeeds, withinShares } from './measured-number.js';
import { hasLeastBeta, leastBeta } from './study-lines.js';

/**
 * The effective sample size of each method's weights over all pairs, (Σw)² / (n·Σw²), by title; at the least β of the adaptive ones,
 * and of what every seed has finished.
 */
export function effectiveShares(study: PolicyStudyData): ReadonlyMap<string, MeasuredNumber> {
  const adaptive = adaptiveSweep(study);
  if (!adaptive || !hasLeastBeta(adaptive) || !study.weights) return new Map();
  const { beta } = leastBeta(adaptive);
  const shares = new Map<string, number[]>();
  for (const weights of study.weights) {
    if (weights.beta !== beta || (weights.data ?? adaptive.data) !== adaptive.data) continue;
    shares.set(weights.method, [...(shares.get(weights.method) ?? []), effectiveShare(weights.logWeight)]);
  }
  const complete = [...shares].filter(([, values]) => values.length >= study.seeds.length);
  const pairs = study.weights[0]?.logWeight.length ?? 0;
  return new Map(
    complete.map(([title, values]) => [
      title,
      measuredOverSeeds(
        `the effective sample size of ${title}, as a share of the first ${pairs} pairs`,
        'share',
        withinShares(seedsInterval(values, 0, 2, adaptive.confidence)),
      ),
    ]),
  );
}

/** (Σw)² / (n·Σw²), between 1/n and 1; the weights are scaled by their largest, which changes nothing. */
export function effectiveShare(logWeights: readonly number[]): number {
  const largest = logWeights.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  let sum = 0;
  let squares = 0;
  for (const logWeight of logWeights) {
    const weight = Math.exp(logWeight - largest);
    sum += weight;
    squares += weight ** 2;
  }
  return sum ** 2 / (logWeights.length * squares);
}
