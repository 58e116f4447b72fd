import { seedsInterval } from '@ais/gold-eval';
import type { Numbers } from '../claims/claim-decision.js';
import type { PolicyStudyData } from '../data/study-data.js';
import { findSweep } from './find-sweep.js';
import { type MeasuredNumber, measuredOverSeeds } from './measured-number.js';
import { leastBeta } from './study-lines.js';

/** The effective sample size of the adaptive weights over all pairs, (Σw)² / (n·Σw²), and those of the other methods. */
export function weightNumbers(study: PolicyStudyData): Numbers | undefined {
  const adaptive = findSweep(study, {
    objective: 'dpo',
    importance: 'inverse-length',
    behavior: 'reference',
  });
  if (!adaptive || !study.weights) return undefined;
  const { beta } = leastBeta(adaptive);
  const shares = new Map<string, number[]>();
  for (const weights of study.weights) {
    if (weights.beta !== beta) continue;
    shares.set(weights.method, [...(shares.get(weights.method) ?? []), effectiveShare(weights.logWeight)]);
  }
  const own = shares.get(adaptive.method.title);
  if (!own) return undefined;
  const pairs = study.weights[0]?.logWeight.length ?? 0;
  const number = (title: string, values: readonly number[]): MeasuredNumber =>
    measuredOverSeeds(
      `the effective sample size of ${title}, as a share of the first ${pairs} pairs`,
      'share',
      seedsInterval(values, 0, 2),
    );
  return {
    effective: number(adaptive.method.title, own),
    ...Object.fromEntries(
      [...shares].flatMap(([title, values]) =>
        title === adaptive.method.title ? [] : [[`effective ${title}`, number(title, values)]],
      ),
    ),
  };
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
