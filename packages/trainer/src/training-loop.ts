import { setImmediate } from 'node:timers/promises';
import { epochBatches } from '@ais/data';
import * as tf from '@tensorflow/tfjs-core';
import { createAdamW, type Parameters } from './adamw.js';
import { listCheckpoints, newestCheckpoint, removeOldCheckpoints, writeCheckpoint } from './checkpoint.js';
import { NonFiniteTraining, TrainingInterrupted } from './errors.js';
import { accumulateGradients } from './gradient-accumulation.js';
import { clippingFactor, globalNorm } from './gradient-clipping.js';
import { type MetricsLine, openMetricsLog, readMetrics } from './metrics-log.js';
import { runConfiguration } from './run-configuration.js';
import { openRunDirectory } from './run-directory.js';
import { readTrainerState, type TrainerPosition, writeTrainerState } from './trainer-state.js';
import { type Metrics, planTraining, type TrainingOptions, type TrainingResult } from './training-options.js';
import type { TrainingStage } from './training-stage.js';

/**
 * The loop that every kind of training shares: batches, gradients, one update a step, metrics, evaluation, checkpoints.
 *
 * A step is a function of the parameters, the optimizer's state, and the step's number alone (the order of an epoch
 * is drawn from the seed and the epoch), so a run that was interrupted goes on bit for bit as if it had not been.
 *
 * @param stage what is trained, and on what
 * @param options see `TrainingOptions`
 * @returns what the finished run left
 * @throws {TrainingInterrupted} after a checkpoint, when `options.signal` aborts
 * @throws {NonFiniteTraining} when a loss, the gradient, or a parameter is NaN or infinite
 * @throws {TrainerError} see its codes
 */
export async function runTraining(stage: TrainingStage, options: TrainingOptions): Promise<TrainingResult> {
  const started = performance.now();
  const secondsSince = (time: number): number => (performance.now() - time) / 1000;
  const { seed, signal, onWarning = console.warn } = options;
  const plan = planTraining(stage.exampleCount, options);
  const run = await openRunDirectory(
    options.directory,
    await runConfiguration(stage, options, plan),
    options.resume ?? false,
  );
  const optimizer = createAdamW(stage.parameters, options.adamw);
  const stored = await newestCheckpoint(run.checkpoints, onWarning);
  const start: TrainerPosition = stored
    ? await readTrainerState(stored.directory, optimizer)
    : { step: 0, metricsOffset: 0, tokens: 0 };
  if (stored) await stage.restore(stored.directory);
  const resumed = await openMetricsLog(run.metrics, { offset: start.metricsOffset, step: start.step });
  const { log } = resumed;

  // Where this step's evaluation begins in metrics.jsonl: a checkpoint may be written before or after it.
  let { step, tokens, metricsOffset } = start;
  let lastMetrics: Metrics = {};
  let lastIds: readonly string[] = [];
  let checkpointed = stored?.step;
  let batches: { epoch: number; indices: number[][] } | undefined;
  const epochAfter = (done: number): number => done / plan.stepsPerEpoch;

  const checkpoint = async (): Promise<string> => {
    if (checkpointed !== step) {
      if (!(await areFinite(stage.parameters)))
        throw new NonFiniteTraining('parameters', step, lastIds, lastMetrics);
      await log.sync();
      await writeCheckpoint(run.checkpoints, step, async (directory) => {
        await stage.save(directory);
        await writeTrainerState(directory, { step, metricsOffset, tokens }, { seed, plan, optimizer });
      });
      checkpointed = step;
      await removeOldCheckpoints(run.checkpoints, options.keepCheckpoints ?? 2);
    }
    return `${run.checkpoints}/step-${step}`;
  };

  const interruptible = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      // Whatever an aborted piece of work throws, its cause is the signal.
      throw signal?.aborted ? new TrainingInterrupted(step, await checkpoint()) : error;
    }
  };

  const evaluate = async (): Promise<void> => {
    const { onEvaluate } = options;
    if (!onEvaluate || !plan.evaluateAt.has(step)) return;
    const begun = performance.now();
    const context = { step, steps: plan.steps, epoch: epochAfter(step), ...(signal && { signal }) };
    const metrics = await interruptible(() => onEvaluate(context));
    await log.append({
      event: 'evaluate',
      step,
      epoch: epochAfter(step),
      ...metrics,
      'timing/seconds': secondsSince(begun),
    });
  };

  const batchOf = (index: number): readonly number[] => {
    const epoch = Math.floor(index / plan.stepsPerEpoch);
    if (batches?.epoch !== epoch) {
      const { batchSize } = plan;
      batches = { epoch, indices: epochBatches(stage.exampleCount, { batchSize, seed, epoch }) };
    }
    return batches.indices[index % plan.stepsPerEpoch] ?? [];
  };

  const trainStep = async (): Promise<Metrics> => {
    const batch = batchOf(step);
    await interruptible(async () => stage.prepare?.(batch, { step, ...(signal && { signal }) }));
    const normalizer = sum(batch.map(stage.weight));
    // Examples of similar length waste little on padding; a stable sort keeps the order deterministic.
    const sorted = [...batch].sort((a, b) => stage.tokens(a) - stage.tokens(b));
    const { gradients, values, columns } = accumulateGradients(
      stage.parameters,
      chunks(sorted, plan.microBatchSize),
      normalizer,
      stage.evaluate,
    );
    try {
      // One read a step: the norm and every example's loss and metrics come to the host together.
      const [norm = Number.NaN, ...flat] = await readTogether(() => [globalNorm(gradients), values]);
      const columnOf = (column: number): number[] =>
        sorted.map((_, row) => flat[row * columns.length + column] ?? 0);
      const losses = columnOf(0);
      const broken = sorted.filter((_, row) => !Number.isFinite(losses[row]));
      if (broken.length > 0 || !Number.isFinite(norm)) {
        const ids = (broken.length > 0 ? broken : batch).map(stage.recordId);
        throw new NonFiniteTraining(broken.length > 0 ? 'loss' : 'gradient', step + 1, ids, lastMetrics);
      }
      const learningRate = options.learningRate * plan.schedule.ratio({ ...plan, step });
      optimizer.update(gradients, {
        learningRate,
        gradientScale: clippingFactor(norm, options.maxGradientNorm),
      });
      tokens += sum(batch.map(stage.tokens));
      lastIds = batch.map(stage.recordId);
      const metrics = Object.fromEntries(columns.slice(1).map((name, index) => [name, columnOf(index + 1)]));
      return {
        loss: sum(losses) / normalizer,
        learning_rate: learningRate,
        grad_norm: norm,
        num_tokens: tokens,
        ...(stage.summarize ?? means)(metrics),
      };
    } finally {
      tf.dispose([[...gradients.values()], values]);
    }
  };

  try {
    if (!resumed.evaluated) await evaluate();
    while (step < plan.steps) {
      // Lets signals and timers of the process run; without a break here they would wait for the end of training.
      await setImmediate();
      if (signal?.aborted) throw new TrainingInterrupted(step, await checkpoint());
      const begun = performance.now();
      const tokensBefore = tokens;
      const metrics = await trainStep();
      step += 1;
      const seconds = secondsSince(begun);
      lastMetrics = {
        ...metrics,
        'timing/seconds': seconds,
        'timing/tokens_per_second': (tokens - tokensBefore) / seconds,
      };
      metricsOffset = await log.append({ event: 'train', step, epoch: epochAfter(step), ...lastMetrics });
      if (step === plan.steps) await stage.finish?.();
      if (step === plan.steps || step % (options.checkpointEvery ?? Number.POSITIVE_INFINITY) === 0)
        await checkpoint();
      options.onProgress?.({
        step,
        steps: plan.steps,
        epoch: epochAfter(step),
        seconds: secondsSince(started),
        resumedFrom: start.step,
        metrics: lastMetrics,
      });
      await evaluate();
    }
    await log.sync();
  } finally {
    optimizer.dispose();
    await log.close();
  }
  return { ...(await readRun(run)), seconds: secondsSince(started) };
}

/** What a finished run's directory tells. */
async function readRun(run: {
  readonly directory: string;
  readonly metrics: string;
  readonly checkpoints: string;
}): Promise<Omit<TrainingResult, 'seconds'>> {
  const lines = await readMetrics(run.metrics);
  const last = lines.findLast((line) => line.event === 'train');
  const checkpoint = (await listCheckpoints(run.checkpoints)).at(-1);
  return {
    directory: run.directory,
    steps: last?.step ?? 0,
    checkpoint: checkpoint?.directory ?? run.checkpoints,
    metrics: last ? numbers(last) : {},
    evaluations: lines
      .filter((line) => line.event === 'evaluate')
      .map((line) => ({ step: line.step, epoch: line.epoch, metrics: numbers(line) })),
  };
}

function numbers(line: MetricsLine): Metrics {
  const { event: _event, step: _step, epoch: _epoch, ...rest } = line;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => typeof value === 'number')) as Metrics;
}

async function areFinite(parameters: Parameters): Promise<boolean> {
  const total = tf.tidy(() => {
    // 0·x is 0 for finite x and NaN for every other: no overflow can hide or feign a defect.
    const parts = [...parameters.values()].map((variable) => tf.sum(tf.mul(variable, 0)));
    return tf.addN(parts);
  });
  const [value] = await total.data();
  total.dispose();
  return value === 0;
}

async function readTogether(tensors: () => readonly tf.Tensor[]): Promise<Float32Array> {
  const joined = tf.tidy(() => tf.concat(tensors().map((tensor) => tf.reshape(tensor, [-1]))));
  const values = await joined.data<'float32'>();
  joined.dispose();
  return values;
}

function chunks<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The mean of each metric over the examples. */
export function means(metrics: Readonly<Record<string, readonly number[]>>): Metrics {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, values]) => [name, sum(values) / values.length]),
  );
}
