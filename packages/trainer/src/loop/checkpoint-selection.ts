import { TrainerError } from '../errors.js';
import { requireWhole } from '../run/require-whole.js';
import type { Metrics } from './training-metrics.js';

/** Which checkpoint of a run is its best, told from the evaluations along the way. */
export interface CheckpointSelection {
  /** The evaluation metric to compare by, as `onEvaluate` names it: a gold win rate, a validation accuracy. */
  readonly metric: string;
  /** Whether more or less of it is better; by default `min` for a name that ends in `loss`, else `max`. */
  readonly mode?: 'max' | 'min';
  /** A bound on another metric, such as the KL divergence from the reference: evaluations above it cannot be the best. */
  readonly budget?: { readonly metric: string; readonly maximum: number };
  /**
   * The run ends after this many evaluations in a row that were not better than the best one; never by default.
   * Those above the budget count, so with 1 a run ends when its budget is spent.
   */
  readonly patience?: number;
}

/** An evaluation along a run. */
export interface EvaluationRecord {
  readonly step: number;
  readonly epoch: number;
  readonly metrics: Metrics;
}

/**
 * Checks the numbers that a selection goes by.
 *
 * @throws {TrainerError} `invalid-option`
 */
export function requireSelection({ patience, budget }: Partial<CheckpointSelection> = {}): void {
  if (patience !== undefined) requireWhole('patience', patience, 1);
  if (budget !== undefined && Number.isNaN(budget.maximum)) {
    throw new TrainerError('invalid-option', 'selection.budget.maximum must be a number, got NaN.');
  }
}

/** Whether more or less of the metric is better. */
export function modeOf({ metric, mode }: CheckpointSelection): 'max' | 'min' {
  return mode ?? (metric.endsWith('loss') ? 'min' : 'max');
}

/** The best evaluation: the first with the highest (lowest) metric among those within the budget; NaN is never best. */
export function bestEvaluation<Evaluation extends EvaluationRecord>(
  evaluations: readonly Evaluation[],
  selection: CheckpointSelection,
): Evaluation | undefined {
  const { metric, budget } = selection;
  const sign = modeOf(selection) === 'max' ? 1 : -1;
  let best: Evaluation | undefined;
  for (const evaluation of evaluations) {
    const value = sign * metricOf(evaluation, metric);
    if (budget && !(metricOf(evaluation, budget.metric) <= budget.maximum)) continue;
    if (Number.isNaN(value) || (best && value <= sign * metricOf(best, metric))) continue;
    best = evaluation;
  }
  return best;
}

/** Why a run with these evaluations ends early; undefined if it continues. */
export function endsEarly(
  evaluations: readonly EvaluationRecord[],
  selection: CheckpointSelection,
): string | undefined {
  const { patience, metric, budget } = selection;
  if (patience === undefined) return undefined;
  const best = bestEvaluation(evaluations, selection);
  const since = best ? evaluations.length - 1 - evaluations.indexOf(best) : evaluations.length;
  if (since < patience) return undefined;
  const within = budget ? ` within ${budget.metric} ≤ ${budget.maximum}` : '';
  return `${metric}${within} was best at ${best ? `step ${best.step}` : 'no step'}, ${since} evaluations ago`;
}

/**
 * Checks that an evaluation has what the selection goes by.
 *
 * @throws {TrainerError} `invalid-option` naming the metric
 */
export function requireSelectable({ step, metrics }: EvaluationRecord, selection: CheckpointSelection): void {
  for (const name of [selection.metric, selection.budget?.metric]) {
    if (name === undefined || name in metrics) continue;
    throw new TrainerError(
      'invalid-option',
      `The selection is by ${name}, which the evaluation at step ${step} does not have. It has ` +
        `${Object.keys(metrics).join(', ') || 'no metrics'}.`,
    );
  }
}

/** NaN is written as null, so a metric that is missing was no number. */
function metricOf({ metrics }: EvaluationRecord, name: string): number {
  return metrics[name] ?? Number.NaN;
}
