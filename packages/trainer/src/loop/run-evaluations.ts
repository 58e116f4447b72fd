import type { MetricsLog } from '../run/metrics-log.js';
import { bestEvaluation, endsEarly, requireSelectable } from './checkpoint-selection.js';
import type { RunCheckpoints } from './run-checkpoints.js';
import type { RunState } from './run-state.js';
import type { Emit } from './training-callbacks.js';
import type { TrainingOptions, TrainingPlan } from './training-options.js';

/** A run's evaluations, of the state as it is at each call. */
export interface RunEvaluations {
  /** Whether one is planned at this step. */
  planned(): boolean;
  /**
   * Evaluates if that is planned at this step: writes the line, and the checkpoint if it is the best so far.
   *
   * @throws {TrainingInterrupted} if the signal aborts meanwhile
   * @throws {TrainerError} `invalid-option` if it lacks a metric that the selection goes by
   */
  evaluate(): Promise<void>;
  /** The step of the best one by the selection; none without one. */
  bestSteps(): readonly number[];
  /** Why the run ends early by its selection; nothing if it does not. */
  ending(): string | undefined;
}

/** Ties evaluations to a run's state. */
export function createRunEvaluations(
  state: RunState,
  options: Pick<TrainingOptions, 'onEvaluate' | 'selection' | 'signal'>,
  run: {
    readonly plan: Pick<TrainingPlan, 'steps' | 'stepsPerEpoch' | 'evaluateAt'>;
    readonly log: Pick<MetricsLog, 'append'>;
    readonly checkpoints: Pick<RunCheckpoints, 'write' | 'interruptible'>;
    readonly emit: Emit;
  },
): RunEvaluations {
  const { onEvaluate, selection, signal } = options;
  const { plan, log, checkpoints, emit } = run;
  const planned = (): boolean => plan.evaluateAt.has(state.step);
  const bestSteps = (): readonly number[] => {
    const best = selection && bestEvaluation(state.evaluations, selection);
    return best ? [best.step] : [];
  };

  return {
    planned,
    bestSteps,
    ending: () => selection && endsEarly(state.evaluations, selection),
    async evaluate() {
      if (!onEvaluate || !planned()) return;
      const begun = performance.now();
      const { step } = state;
      const { steps } = plan;
      const epoch = step / plan.stepsPerEpoch;
      const metrics = await checkpoints.interruptible(() =>
        onEvaluate({ step, steps, epoch, ...(signal && { signal }) }),
      );
      if (selection) requireSelectable({ step, epoch, metrics }, selection);
      const timing = { 'timing/seconds': (performance.now() - begun) / 1000 };
      await log.append({ event: 'evaluate', step, epoch, ...metrics, ...timing });
      state.evaluations.push({ step, epoch, metrics });
      const best = bestSteps().includes(step);
      if (best) await checkpoints.write();
      await emit('evaluate', { step, steps, epoch, metrics, best });
    },
  };
}
