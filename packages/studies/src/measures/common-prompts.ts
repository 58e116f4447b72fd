import type { EvaluationPoint, SeedCurves } from '@ais/gold-eval';
import { winRateOfOutcomes } from '@ais/gold-eval';
import type { ReportedKl, ReportedPoint } from '../data/reported.js';

/**
 * Evaluations on the prompts that all of them asked: the first ones, since evaluations that ask fewer leave out the last. Win rates and
 * KL are of these alone, so that a curve through them shows training and not a change of prompts; lengths stay those of all.
 */
export function evaluationsOnCommonPrompts(
  evaluations: readonly (readonly ReportedPoint[])[],
): ReportedPoint[][] {
  const count = Math.min(...evaluations.flat().map(({ winRate }) => winRate.outcomes?.length ?? winRate.n));
  return evaluations.map((points) =>
    points.map((point) => ({ ...point, ...winRateOfFirst(point, count), kl: klOfFirst(point.kl, count) })),
  );
}

function winRateOfFirst({ winRate }: ReportedPoint, count: number): Pick<ReportedPoint, 'winRate'> {
  const { outcomes } = winRate;
  if (!outcomes || outcomes.length <= count) return { winRate };
  const first = outcomes.slice(0, count);
  return { winRate: { ...winRateOfOutcomes(first), outcomes: first } };
}

function klOfFirst(kl: ReportedKl, count: number): ReportedKl {
  if (!kl.perPrompt || kl.perPrompt.length <= count) return kl;
  const perPrompt = kl.perPrompt.slice(0, count);
  const mean = perPrompt.reduce((sum, value) => sum + value, 0) / count;
  const squares = perPrompt.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (count - 1) / count), perPrompt };
}

/** Curves of several methods on the prompts that all their evaluations asked. √KL stays that of the prompts it was measured on. */
export function onCommonPrompts<Curves extends readonly SeedCurves[]>(...several: Curves): Curves {
  const counts = several.flat(2).map(({ n, outcomes }) => outcomes?.length ?? n);
  const count = Math.min(...counts);
  if (counts.every((own) => own === count)) return several;
  return several.map((curves) =>
    curves.map((curve) => curve.map((point) => onFirstPrompts(point, count))),
  ) as unknown as Curves;
}

function onFirstPrompts(point: EvaluationPoint, count: number): EvaluationPoint {
  if (!point.outcomes || point.outcomes.length === count) return point;
  const outcomes = point.outcomes.slice(0, count);
  const { rate, n } = winRateOfOutcomes(outcomes);
  return { ...point, rate, n, outcomes };
}
