import { collectGarbage, memoryReport } from '@ais/runtime';
import { NonFiniteTraining } from '../errors.js';
import { agreeOn } from '../group/agreement.js';
import { alone } from '../group/process-group.js';
import type { AdamW, Parameters } from '../optimizer/adamw.js';
import { clippingFactor } from '../optimizer/gradient-clipping.js';
import { sum } from '../run/mean.js';
import type { MetricsLog } from '../run/metrics-log.js';
import { batchOrder } from './batch-order.js';
import { writeDump } from './non-finite-dump.js';
import type { RunCheckpoints } from './run-checkpoints.js';
import type { RunState } from './run-state.js';
import { combineShares, nonFiniteNames, type StepGradients, shareOfGradients } from './train-step.js';
import type { Warn } from './training-callbacks.js';
import type { MonitorWarning } from './training-monitor.js';
import type { Metrics, TrainingOptions, TrainingPlan } from './training-options.js';
import type { TrainingStage } from './training-stage.js';

/** What a step works on, beside the run's state. */
export interface StepParts {
  readonly stage: TrainingStage;
  /** The parameters that are not frozen. */
  readonly trained: Parameters;
  readonly optimizer: Pick<AdamW, 'update'>;
  readonly plan: TrainingPlan;
  readonly log: Pick<MetricsLog, 'append'>;
  /** The folder of dumps; without one, none is written. */
  readonly dumps: string | undefined;
  readonly interruptible: RunCheckpoints['interruptible'];
  readonly observe: (step: number, metrics: Metrics) => readonly MonitorWarning[];
  readonly warn: Warn;
}

/** How a step went. */
export interface StepOutcome {
  /** Whether it was made, or skipped; if not, the state is as it was, for a process of the group gave it up. */
  readonly made: boolean;
  /** Whether a process of the group was asked to stop. */
  readonly stop: boolean;
}

type Defect = NonNullable<StepGradients['defect']>;

/**
 * Makes what does a run's steps, one a call: a batch, its gradients, an update, a line of metrics, and the state moved forward.
 *
 * A step whose loss or gradient is not finite changes nothing but the state: it is skipped or ends the run, as `nonFinite` says.
 *
 * @returns the next step
 * @throws {NonFiniteTraining} if the step is not finite and not to be skipped
 * @throws {TrainingInterrupted} if the signal aborts while the stage prepares the batch
 * @throws {TrainerError} `other-process` if another process of the group could not make its part
 */
export function createStepRunner(
  state: RunState,
  options: Pick<
    TrainingOptions,
    'seed' | 'learningRate' | 'maxGradientNorm' | 'nonFinite' | 'signal' | 'group'
  >,
  parts: StepParts,
): () => Promise<StepOutcome> {
  const { stage, trained, optimizer, plan, log, warn } = parts;
  const { signal, nonFinite, group = alone } = options;
  const batchOf = batchOrder(stage.exampleCount, plan, options.seed);
  const epoch = (): number => state.step / plan.stepsPerEpoch;

  /** Counts a skipped step and writes its line. */
  const skip = async ({ what, recordIds }: Defect, limit: number): Promise<void> => {
    const records = recordIds.join(', ');
    state.skipped += 1;
    state.skippedInRow += 1;
    warn(
      'skipped-step',
      `The ${what} of step ${state.step + 1} is not finite (records: ${records}). The step is skipped; ` +
        `${state.skippedInRow} in a row, ${state.skipped} in all; after ${limit} in a row the run stops.`,
    );
    state.step += 1;
    stage.updated?.(state.step);
    const line = { event: 'skip', step: state.step, epoch: epoch(), skipped: state.skipped } as const;
    state.metricsOffset = await log.append({ ...line, [what]: records });
  };

  /** The error that ends the run, with a dump of the step. */
  const failure = async (
    { what, recordIds }: Defect,
    gradients: StepGradients['gradients'],
    batch: readonly number[],
  ): Promise<NonFiniteTraining> => {
    const step = state.step + 1;
    const { lastMetrics } = state;
    const parameters = await nonFiniteNames(gradients);
    // Weights that are not finite reproduce nothing, and are never saved: the last checkpoint leads here again.
    const finite = (await nonFiniteNames(stage.parameters)).length === 0;
    const failed = { step, what, indices: batch, recordIds: batch.map(stage.recordId) };
    const dump =
      finite && parts.dumps !== undefined
        ? await writeDump(parts.dumps, stage, { ...failed, microBatchSize: plan.microBatchSize, lastMetrics })
        : undefined;
    const details = { parameters, ...(dump !== undefined && { dump }) };
    return new NonFiniteTraining(what, step, recordIds, lastMetrics, details);
  };

  /** Updates the parameters, and writes the step's line. */
  const update = async (
    { gradients, norm, loss, metrics }: StepGradients,
    batch: readonly number[],
    begun: number,
  ): Promise<void> => {
    const learningRate = options.learningRate * plan.schedule.ratio({ ...plan, step: state.step });
    const gradientScale = clippingFactor(norm, options.maxGradientNorm);
    optimizer.update(gradients, { learningRate, gradientScale, consume: true });
    state.skippedInRow = 0;
    state.step += 1;
    stage.updated?.(state.step);
    const read = sum(batch.map(stage.tokens));
    state.tokens += read;
    state.lastRecordIds = batch.map(stage.recordId);
    const seconds = (performance.now() - begun) / 1000;
    const memory = memoryReport();
    state.lastMetrics = {
      loss,
      learning_rate: learningRate,
      grad_norm: norm,
      num_tokens: state.tokens,
      ...metrics,
      'timing/seconds': seconds,
      'timing/tokens_per_second': read / seconds,
      'memory/tensors': memory.tensors,
      'memory/tensor_bytes': memory.tensorBytes,
      'memory/resident_bytes': memory.residentBytes ?? 0,
    };
    const line = { event: 'train', step: state.step, epoch: epoch(), ...state.lastMetrics } as const;
    state.metricsOffset = await log.append(line);
    for (const { code, message } of parts.observe(state.step, state.lastMetrics)) warn(code, message);
  };

  let isFirst = true;
  return async () => {
    // What reading the model and fingerprinting it left would stay until JavaScript needs room.
    if (isFirst) await collectGarbage();
    isFirst = false;
    const begun = performance.now();
    const batch = batchOf(state.step);
    const context = { step: state.step, ...(signal && { signal }) };
    const { value: share, stop } = await agreeOn(
      group,
      async () => {
        if (stage.prepare) await parts.interruptible(async () => stage.prepare?.(batch, context));
        return shareOfGradients(stage, trained, batch, plan.microBatchSize, group);
      },
      { signal, discard: (unused) => unused.dispose() },
    );
    if (!share) return { made: false, stop };
    const computed = await combineShares(stage, trained, share, group).catch((error: unknown) =>
      // The others wait for what this process has not sent.
      group.abort(error),
    );
    try {
      const { defect, gradients } = computed;
      const limit = typeof nonFinite === 'object' ? nonFinite.skip : 0;
      if (!defect) await update(computed, batch, begun);
      else if (state.skippedInRow < limit) await skip(defect, limit);
      else throw await failure(defect, gradients, batch);
      return { made: true, stop };
    } finally {
      computed.dispose();
    }
  };
}
