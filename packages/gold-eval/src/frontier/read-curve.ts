import { GoldEvalError } from '../errors.js';
import { varianceOfMean } from '../statistics/mean-error.js';
import { bestByKl, clustersOf, type EvaluationPoint, rateVariance } from './evaluation-point.js';

export interface Interpolated {
  readonly rate: number;
  readonly standardError: number;
  readonly outcomes: readonly number[] | undefined;
}

export function interpolate(
  points: readonly EvaluationPoint[],
  squareRootKl: number,
): Interpolated | undefined {
  const sorted = bestByKl(points);
  const above = sorted.findIndex((point) => point.squareRootKl >= squareRootKl);
  const right = sorted[above];
  if (!right || (above === 0 && right.squareRootKl > squareRootKl)) return undefined;
  const left = right.squareRootKl === squareRootKl ? right : (sorted[above - 1] ?? right);
  const span = right.squareRootKl - left.squareRootKl;
  const t = span > 0 ? (squareRootKl - left.squareRootKl) / span : 1;
  const rate = (1 - t) * left.rate + t * right.rate;
  const { outcomes: leftOutcomes } = left;
  const { outcomes: rightOutcomes } = right;
  if (leftOutcomes && rightOutcomes) {
    if (leftOutcomes.length !== rightOutcomes.length) {
      throw new GoldEvalError(
        'invalid-lengths',
        'the evaluations kept outcomes for different numbers of prompts; evaluate all of them on the same prompts.',
      );
    }
    const outcomes = Array.from(
      leftOutcomes,
      (outcome, index) => (1 - t) * outcome + t * (rightOutcomes[index] ?? 0),
    );
    const clusters = clustersOf([left, right]);
    return { rate, standardError: Math.sqrt(varianceOfMean(outcomes, 1, clusters)), outcomes };
  }
  const variance = (1 - t) ** 2 * rateVariance(left) + t ** 2 * rateVariance(right);
  return { rate, standardError: Math.sqrt(variance), outcomes: undefined };
}

export function firstCrossing(kls: readonly number[], rates: readonly number[], rate: number): number {
  for (const [index, value] of rates.entries()) {
    if (!(value >= rate)) continue;
    const kl = kls[index] ?? Number.NaN;
    const previous = rates[index - 1];
    const previousKl = kls[index - 1];
    if (previous === undefined || previousKl === undefined) return kl;
    return previousKl + ((rate - previous) / (value - previous)) * (kl - previousKl);
  }
  return Number.POSITIVE_INFINITY;
}

export function checkRate(rate: number): void {
  if (rate >= 0 && rate <= 1) return;
  throw new GoldEvalError('invalid-value', `the win rate to reach must lie between 0 and 1, got ${rate}.`);
}
