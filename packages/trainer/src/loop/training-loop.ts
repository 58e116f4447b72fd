import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { epochBatches } from '@ais/data';
import { memoryReport } from '@ais/runtime';
import { NonFiniteTraining, TrainerError, TrainingInterrupted } from '../errors.js';
import { createAdamW, type Parameters } from '../optimizer/adamw.js';
import { clippingFactor } from '../optimizer/gradient-clipping.js';
import { checkpointName, newestCheckpoint } from '../run/checkpoint.js';
import { createCheckpointWriter } from '../run/checkpoint-writer.js';
import type { JsonObject } from '../run/json.js';
import { openMetricsLog, readMetrics } from '../run/metrics-log.js';
import { openRunDirectory, type RunDirectory } from '../run/run-directory.js';
import { bestEvaluation, endsEarly, requireSelectable } from './checkpoint-selection.js';
import { withLora } from './lora.js';
import { replayDump, writeDump } from './non-finite-dump.js';
import { runConfiguration } from './run-configuration.js';
import { evaluationsOf, summarizeRun } from './run-summary.js';
import { computeGradients, nonFiniteNames, type StepGradients, sum } from './train-step.js';
import { readTrainerState, type TrainerPosition, writeTrainerState } from './trainer-state.js';
import { type Emit, emitter, type TrainingEvents, type WarningCode } from './training-callbacks.js';
import { createMonitor } from './training-monitor.js';
import {
  type Metrics,
  planTraining,
  type TrainingOptions,
  type TrainingPlan,
  type TrainingResult,
} from './training-options.js';
import type { TrainingStage } from './training-stage.js';

export { means } from './train-step.js';

/** A checkpoint's copy of the metrics so far. */
const METRICS_COPY = 'metrics.jsonl';

const BEGINNING: TrainerPosition = { step: 0, metricsOffset: 0, tokens: 0, skipped: 0, skippedInRow: 0 };

/**
 * The loop that every kind of training shares: batches, gradients, one update a step, metrics, evaluation, checkpoints.
 *
 * A step is a function of the parameters, the optimizer's state, and the step's number alone (the order of an epoch
 * is drawn from the seed and the epoch), so a run that was interrupted goes on bit for bit as if it had not been.
 *
 * @param stage what is trained, and on what
 * @param options see `TrainingOptions`
 * @returns what the run left, when it came to its end or was stopped by a callback or its selection
 * @throws {TrainingInterrupted} after a checkpoint, when `options.signal` aborts
 * @throws {NonFiniteTraining} when a loss, the gradient, or a parameter is NaN or infinite
 * @throws {TrainerError} see its codes
 */
export async function runTraining(stage: TrainingStage, options: TrainingOptions): Promise<TrainingResult> {
  if (!options.lora) return runStage(stage, options);
  const lora = await withLora(stage, options.lora, options.seed);
  try {
    return await runStage(lora.stage, options);
  } finally {
    lora.dispose();
  }
}

async function runStage(stage: TrainingStage, options: TrainingOptions): Promise<TrainingResult> {
  const { freeze, onWarning = console.warn } = options;
  const plan = planTraining(stage.exampleCount, options);
  if (options.selection && plan.evaluateAt.size === 0) {
    throw new TrainerError(
      'invalid-option',
      'A selection needs evaluations. Say at which steps with evaluateAt.',
    );
  }
  const frozen = [...stage.parameters.keys()].filter((name) => freeze?.(name));
  const trained = new Map([...stage.parameters].filter(([name]) => !frozen.includes(name)));
  if (options.replay !== undefined) {
    return replayDump(options.replay, stage, trained, plan, options.signal);
  }

  let stopReason: string | undefined;
  const emit = emitter(options.callbacks ?? [], {
    stop(reason) {
      stopReason ??= reason;
    },
  });
  const configuration = await runConfiguration(stage, options, plan, frozen);
  const resume = options.resume ?? false;
  const run = await openRunDirectory(options.directory, configuration, resume, onWarning);
  try {
    return await trainIn(run, {
      stage,
      options,
      plan,
      trained,
      configuration,
      emit,
      stopReason: () => stopReason,
    });
  } finally {
    await run.release();
  }
}

interface Training {
  readonly stage: TrainingStage;
  readonly options: TrainingOptions;
  readonly plan: TrainingPlan;
  /** The parameters that are not frozen. */
  readonly trained: Parameters;
  readonly configuration: JsonObject;
  readonly emit: Emit;
  /** Why a callback wants the run to end, once one does. */
  readonly stopReason: () => string | undefined;
}

async function trainIn(run: RunDirectory, training: Training): Promise<TrainingResult> {
  const { stage, options, plan, trained, configuration, emit } = training;
  const { seed, signal, selection, onWarning = console.warn } = options;
  const started = performance.now();
  const secondsSince = (time: number): number => (performance.now() - time) / 1000;

  let { step, tokens, metricsOffset, skipped, skippedInRow } = BEGINNING;

  // Warnings come from places that do not wait for callbacks; the next step does.
  let warnings = Promise.resolve();
  function warn(code: WarningCode, message: string): void {
    onWarning(message);
    warnings = warnings.then(() => emit('warning', { step, code, message }));
  }

  const optimizer = createAdamW(trained, options.adamw);
  const stored = await newestCheckpoint(run.checkpoints, (message) => warn('damaged-checkpoint', message));
  const start = stored ? await readTrainerState(stored.directory, optimizer) : BEGINNING;
  if (stored) await stage.restore(stored.directory);
  const { log, evaluated, restored } = await openMetricsLog(run.metrics, {
    step: start.step,
    offset: start.metricsOffset,
    ...(stored && { copy: join(stored.directory, METRICS_COPY) }),
  });

  // The offset is where this step's evaluation begins in metrics.jsonl: a checkpoint may be written before or after it.
  ({ step, tokens, metricsOffset, skipped, skippedInRow } = start);
  const earlier = await readMetrics(run.metrics);
  const evaluations = evaluationsOf(earlier);
  const monitor = createMonitor(options.watch);
  let lastMetrics: Metrics = {};
  let lastIds: readonly string[] = [];
  for (const { event: _, step: at, epoch, ...metrics } of earlier.filter(({ event }) => event === 'train')) {
    lastMetrics = metrics as Metrics;
    monitor.observe(at, lastMetrics);
  }
  let batches: { epoch: number; indices: number[][] } | undefined;
  const epochAfter = (done: number): number => done / plan.stepsPerEpoch;

  const checkpoints = createCheckpointWriter(run.checkpoints, {
    newest: stored && basename(stored.directory),
    keep: options.keepCheckpoints ?? 2,
    alsoKept: () => {
      const best = selection && bestEvaluation(evaluations, selection);
      return best ? [best.step] : [];
    },
    onWritten: ({ step: at, directory }) => emit('checkpoint', { step: at, directory }),
  });
  /** Set while the stage's finish is to come, though no update is. */
  let unfinished = stored?.unfinished ?? false;

  const checkpoint = async (): Promise<void> => {
    const position = { step, metricsOffset, tokens, skipped, skippedInRow };
    const name = checkpointName(step, { unfinished });
    if (checkpoints.newest !== name) {
      const broken = await nonFiniteNames(stage.parameters);
      if (broken.length > 0) {
        throw new NonFiniteTraining('parameters', step, lastIds, lastMetrics, { parameters: broken });
      }
    }
    await checkpoints.write(name, async (directory) => {
      await stage.save(directory);
      await copyFile(run.metrics, join(directory, METRICS_COPY));
      await writeTrainerState(directory, position, { seed, plan, optimizer, configuration, lastMetrics });
    });
  };

  const interrupted = async (): Promise<TrainingInterrupted> => {
    await checkpoint();
    await checkpoints.settle();
    return new TrainingInterrupted(step, join(run.checkpoints, checkpointName(step, { unfinished })));
  };

  /** Does work during which the parameters rest: when the run is to stop, its checkpoint need not wait for the work's end. */
  const interruptible = async <T>(work: () => Promise<T>): Promise<T> => {
    let saved: Promise<TrainingInterrupted> | undefined;
    const save = (): void => {
      saved = interrupted();
      saved.catch(() => {});
    };
    signal?.addEventListener('abort', save, { once: true });
    try {
      return await work();
    } catch (error) {
      // Whatever an aborted piece of work throws, its cause is the signal.
      throw signal?.aborted ? await (saved ?? interrupted()) : error;
    } finally {
      signal?.removeEventListener('abort', save);
      await saved;
    }
  };

  const evaluate = async (): Promise<void> => {
    const { onEvaluate } = options;
    if (!onEvaluate || !plan.evaluateAt.has(step)) return;
    const begun = performance.now();
    const epoch = epochAfter(step);
    const context = { step, steps: plan.steps, epoch, ...(signal && { signal }) };
    const metrics = await interruptible(() => onEvaluate(context));
    if (selection) requireSelectable({ step, epoch, metrics }, selection);
    const timing = { 'timing/seconds': secondsSince(begun) };
    await log.append({ event: 'evaluate', step, epoch, ...metrics, ...timing });
    evaluations.push({ step, epoch, metrics });
    const best = selection !== undefined && bestEvaluation(evaluations, selection)?.step === step;
    if (best) await checkpoint();
    await emit('evaluate', { step, steps: plan.steps, epoch, metrics, best });
  };

  const batchOf = (index: number): readonly number[] => {
    const epoch = Math.floor(index / plan.stepsPerEpoch);
    if (batches?.epoch !== epoch) {
      const { batchSize } = plan;
      batches = { epoch, indices: epochBatches(stage.exampleCount, { batchSize, seed, epoch }) };
    }
    return batches.indices[index % plan.stepsPerEpoch] ?? [];
  };

  /** Leaves the step out where that was asked for, and throws where it was not. */
  const skipOrStop = async (computed: StepGradients, batch: readonly number[]): Promise<void> => {
    const { defect, gradients } = computed;
    if (!defect) return;
    const { what, recordIds } = defect;
    const limit = typeof options.nonFinite === 'object' ? options.nonFinite.skip : 0;
    if (skippedInRow < limit) {
      skipped += 1;
      skippedInRow += 1;
      warn(
        'skipped-step',
        `The ${what} of step ${step + 1} is not finite (records: ${recordIds.join(', ')}). The step is left out; ` +
          `${skippedInRow} in a row, ${skipped} in all; after ${limit} in a row the run stops.`,
      );
      return;
    }
    const parameters = await nonFiniteNames(gradients);
    // Weights that are no numbers reproduce nothing, and are never saved: the last checkpoint leads here again.
    const finite = (await nonFiniteNames(stage.parameters)).length === 0;
    const dump = finite
      ? await writeDump(run.dumps, stage, {
          step: step + 1,
          what,
          indices: batch,
          recordIds: batch.map(stage.recordId),
          microBatchSize: plan.microBatchSize,
          lastMetrics,
        })
      : undefined;
    throw new NonFiniteTraining(what, step + 1, recordIds, lastMetrics, {
      parameters,
      ...(dump !== undefined && { dump }),
    });
  };

  const trainStep = async (): Promise<void> => {
    const begun = performance.now();
    const batch = batchOf(step);
    const context = { step, ...(signal && { signal }) };
    if (stage.prepare) await interruptible(async () => stage.prepare?.(batch, context));
    const computed = await computeGradients(stage, trained, batch, plan.microBatchSize);
    try {
      await skipOrStop(computed, batch);
      const { gradients, norm, loss, metrics, defect } = computed;
      if (defect) {
        step += 1;
        const records = defect.recordIds.join(', ');
        const line = {
          event: 'skip',
          step,
          epoch: epochAfter(step),
          skipped,
          [defect.what]: records,
        } as const;
        metricsOffset = await log.append(line);
        return;
      }
      const learningRate = options.learningRate * plan.schedule.ratio({ ...plan, step });
      const gradientScale = clippingFactor(norm, options.maxGradientNorm);
      optimizer.update(gradients, { learningRate, gradientScale });
      skippedInRow = 0;
      step += 1;
      stage.updated?.(step);
      const read = sum(batch.map(stage.tokens));
      tokens += read;
      lastIds = batch.map(stage.recordId);
      const seconds = secondsSince(begun);
      const memory = memoryReport();
      lastMetrics = {
        loss,
        learning_rate: learningRate,
        grad_norm: norm,
        num_tokens: tokens,
        ...metrics,
        'timing/seconds': seconds,
        'timing/tokens_per_second': read / seconds,
        'memory/tensors': memory.tensors,
        'memory/tensor_bytes': memory.tensorBytes,
        'memory/resident_bytes': memory.residentBytes ?? 0,
      };
      metricsOffset = await log.append({ event: 'train', step, epoch: epochAfter(step), ...lastMetrics });
      for (const { code, message } of monitor.observe(step, lastMetrics)) warn(code, message);
    } finally {
      computed.dispose();
    }
  };

  const progress = (): TrainingEvents['step'] => {
    const seconds = secondsSince(started);
    return {
      step,
      steps: plan.steps,
      epoch: epochAfter(step),
      seconds,
      resumedFrom: start.step,
      remainingSeconds: (seconds / Math.max(1, step - start.step)) * (plan.steps - step),
      metrics: lastMetrics,
      evaluation: evaluations.at(-1)?.metrics ?? {},
      skipped,
    };
  };

  const stopReason = (): string | undefined =>
    training.stopReason() ?? (selection && endsEarly(evaluations, selection));
  // A stage with a finish writes its last checkpoint after that: where this step has one already, the next step is the last.
  const ends = (): boolean =>
    step === plan.steps ||
    (stopReason() !== undefined &&
      step > start.step &&
      !(stage.finish && checkpoints.newest === checkpointName(step)));
  const finish = async (): Promise<void> => {
    if (stage.finish) {
      unfinished = true;
      await interruptible(async () => stage.finish?.(signal));
      unfinished = false;
    }
    await checkpoint();
  };

  try {
    if (restored) {
      warn(
        'restored-metrics',
        `${run.metrics} was not what the run had written; it was restored from the checkpoint of step ${step}.`,
      );
    }
    await warnings;
    await emit('start', { directory: run.directory, step, steps: plan.steps });
    const onlyFinish = unfinished;
    if (onlyFinish) await finish();
    if (!evaluated) await evaluate();
    // A run that its selection had ended is over; but a stage's finish that was still to come needs a step more, as above.
    const endedBefore = selection !== undefined && endsEarly(evaluations, selection) !== undefined;
    const finished = onlyFinish || step === plan.steps || (endedBefore && (evaluated || !stage.finish));
    while (!finished) {
      // Lets signals and timers of the process run; without a break here they would wait for the end of training.
      await setImmediate();
      checkpoints.check();
      if (signal?.aborted) throw await interrupted();
      await trainStep();
      await warnings;
      const now = progress();
      options.onProgress?.(now);
      await emit('step', now);
      if (ends()) {
        await finish();
        await evaluate();
        break;
      }
      const due = step % (options.checkpointEvery ?? Number.POSITIVE_INFINITY) === 0;
      // An evaluation that may end the run comes before the checkpoint if that has to wait for the stage's finish.
      const evaluateFirst = stage.finish !== undefined && plan.evaluateAt.has(step);
      if (due && !evaluateFirst) await checkpoint();
      await evaluate();
      if (ends()) {
        await finish();
        break;
      }
      if (due) await checkpoint();
    }
    await checkpoints.settle();
    await log.sync();
  } catch (error) {
    await checkpoints.close();
    const reason = error instanceof TrainingInterrupted ? 'interrupted' : 'failed';
    await emit('end', { step, reason, error }).catch(() => {});
    throw error;
  } finally {
    await checkpoints.close();
    optimizer.dispose();
    await log.close();
  }
  const stopped = step < plan.steps ? stopReason() : undefined;
  await emit('end', { step, reason: stopped === undefined ? 'finished' : 'stopped' });
  return {
    ...(await summarizeRun(run, selection)),
    ...(stopped !== undefined && { stopped }),
    seconds: secondsSince(started),
  };
}
