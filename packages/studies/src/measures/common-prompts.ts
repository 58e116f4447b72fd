import type { EvaluationPoint, SeedCurves } from '@ais/gold-eval';
import { winRateOfOutcomes } from '@ais/gold-eval';

/**
 * Curves on the prompts that all their evaluations asked: the first ones, since evaluations that ask fewer leave out the last.
 * √KL stays that of all prompts that it was measured on.
 */
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
