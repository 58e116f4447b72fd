import type { TrainingResult } from '@ais/trainer';

/** What a training command says of its run. */
export type RunOutcome = Pick<TrainingResult, 'metrics' | 'evaluations' | 'stopped'>;

/**
 * The metrics of a run's last step, those of its last evaluation, what a reward model is like on held-out pairs, and why the run ended
 * early if it did.
 */
export function describeRun(outcome: RunOutcome): string {
  const { metrics, evaluations, stopped } = outcome;
  const ofJudge = Object.entries(outcome).filter(([name]) => /^(validation|calibration)/.test(name));
  const last = evaluations.at(-1);
  const measured = Object.entries(last?.metrics ?? {}).filter(([name]) => name.startsWith('eval_'));
  return [
    describe(metrics),
    ...(last && measured.length > 0
      ? [`Evaluation after step ${last.step}:\n${describe(Object.fromEntries(measured))}`]
      : []),
    ...(ofJudge.length > 0 ? [`Held-out pairs:\n${describe(Object.fromEntries(ofJudge))}`] : []),
    ...(stopped === undefined ? [] : [`Ended early: ${stopped}.`]),
  ].join('\n\n');
}

/** Numbers by name, one per line. */
export function describe(metrics: object): string {
  return Object.entries(metrics)
    .filter(([, value]) => typeof value === 'number')
    .map(([name, value]) => `${name}: ${Number((value as number).toPrecision(6))}`)
    .join('\n');
}
