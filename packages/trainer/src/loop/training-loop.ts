import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { TrainerError, TrainingInterrupted } from '../errors.js';
import { alone } from '../group/process-group.js';
import { createAdamW } from '../optimizer/adamw.js';
import { requireTrainable } from '../optimizer/require-trainable.js';
import { openRunDirectory, type RunDirectory } from '../run/run-directory.js';
import { followRun, type Leader, leadRun, type RankTraining } from './group-run.js';
import { withLora } from './lora.js';
import { replayDump } from './non-finite-dump.js';
import { createRunCheckpoints } from './run-checkpoints.js';
import { runConfiguration } from './run-configuration.js';
import { createRunDiagnosis } from './run-diagnosis.js';
import { createRunEvaluations } from './run-evaluations.js';
import { RunState, restoreRun } from './run-state.js';
import { summarizeRun } from './run-summary.js';
import { createStepRunner } from './step-runner.js';
import { nonFiniteNames } from './train-step.js';
import { writeTrainerState } from './trainer-state.js';
import { type Emit, emitter, type TrainingProgress, warner } from './training-callbacks.js';
import { createMonitor } from './training-monitor.js';
import {
  planTraining,
  type TrainingOptions,
  type TrainingPlan,
  type TrainingResult,
} from './training-options.js';
import type { TrainingStage } from './training-stage.js';

/**
 * The loop that every kind of training shares: batches, gradients, one update per step, metrics, evaluation, checkpoints.
 *
 * A step is a function of the parameters, the optimizer's state, and the step's number alone (the order of an epoch
 * is drawn from the seed and the epoch), so a run that was interrupted resumes bit for bit as if it had not been.
 *
 * @param stage what is trained, and on what
 * @param options see `TrainingOptions`
 * @returns what the run left, when it came to its end or was stopped by a callback or its selection
 * @throws {TrainingInterrupted} after a checkpoint, when `options.signal` aborts
 * @throws {NonFiniteTraining} when a loss, the gradient, or a parameter is NaN or infinite
 * @throws {TrainerError} `non-finite-model` if the model has such parameters before the first step; see its other codes
 * @example
 * // A stage of one number that should become 3.
 * const x = tf.variable(tf.scalar(0));
 * await runTraining(
 *   {
 *     name: 'one-number',
 *     configuration: {},
 *     parameters: new Map([['x', x]]),
 *     exampleCount: 1,
 *     recordId: () => 'only',
 *     tokens: () => 1,
 *     weight: () => 1,
 *     evaluate: () => ({ losses: tf.reshape(tf.square(tf.sub(x, 3)), [1]), metrics: {} }),
 *     save: async () => {},
 *     restore: async () => {},
 *   },
 *   { directory: 'runs/number', seed: 1, steps: 100, batchSize: 1, learningRate: 0.1 },
 * );
 * console.log(x.dataSync()[0].toFixed(1)); // 3.0
 */
export async function runTraining(stage: TrainingStage, options: TrainingOptions): Promise<TrainingResult> {
  if (!options.lora) return runStage(stage, options);
  const lora = await withLora(stage, options.lora, options.seed);
  try {
    return await runStage(lora.stage, options);
  } finally {
    lora.end();
  }
}

/** Runs a stage whose frozen parameters are not trainable meanwhile, so that their gradients are not computed. */
async function runStage(stage: TrainingStage, options: TrainingOptions): Promise<TrainingResult> {
  const { freeze } = options;
  const frozen = [...stage.parameters].filter(([name, { trainable }]) => trainable && freeze?.(name));
  for (const [, variable] of frozen) variable.trainable = false;
  try {
    return await runTrainable(
      stage,
      frozen.map(([name]) => name),
      options,
    );
  } finally {
    for (const [, variable] of frozen) variable.trainable = true;
  }
}

async function runTrainable(
  stage: TrainingStage,
  frozen: readonly string[],
  options: TrainingOptions,
): Promise<TrainingResult> {
  const { onWarning = console.warn } = options;
  const plan = planTraining(stage.exampleCount, options);
  if (options.selection && plan.evaluateAt.size === 0) {
    throw new TrainerError(
      'invalid-option',
      'A selection needs evaluations. Say at which steps with evaluateAt.',
    );
  }
  const trained = new Map([...stage.parameters].filter(([name]) => !frozen.includes(name)));
  if (trained.size === 0) {
    throw new TrainerError(
      'invalid-option',
      'freeze leaves nothing to train. Let it leave some parameters out.',
    );
  }
  requireTrainable(trained);
  if (options.replay !== undefined) {
    return replayDump(options.replay, stage, trained, plan, options.signal);
  }

  const broken = await nonFiniteNames(stage.parameters);
  if (broken.length > 0) {
    throw new TrainerError(
      'non-finite-model',
      `The model has parameters that are not finite before the first step: ${broken.join(', ')}. Start from an intact checkpoint.`,
    );
  }

  let stopReason: string | undefined;
  const emit = emitter(options.callbacks ?? [], {
    stop(reason) {
      stopReason ??= reason;
    },
  });
  // Checks its settings before anything is written.
  const optimizer = createAdamW(trained, options.adamw);
  const { group = alone } = options;
  try {
    const configuration = await runConfiguration(stage, options, plan, frozen);
    if (group.rank > 0) {
      return await followRun(group, { stage, options, plan, trained, optimizer, configuration });
    }
    return await leadRun(group, configuration, async (leader) => {
      const run = await openRunDirectory(
        options.directory,
        configuration,
        options.resume ?? false,
        onWarning,
      );
      try {
        const training = { stage, options, plan, trained, optimizer, configuration, emit, leader };
        return await trainIn(run, { ...training, stopReason: () => stopReason });
      } finally {
        await run.release();
      }
    });
  } finally {
    optimizer.dispose();
  }
}

interface Training extends RankTraining {
  readonly emit: Emit;
  readonly leader: Leader;
  /** Why a callback wants the run to end, once one does. */
  readonly stopReason: () => string | undefined;
}

async function trainIn(run: RunDirectory, training: Training): Promise<TrainingResult> {
  const { stage, options, plan, trained, optimizer, configuration, emit, leader } = training;
  const { seed, signal, onWarning = console.warn } = options;
  const begun = performance.now();
  const seconds = (): number => (performance.now() - begun) / 1000;

  const state = new RunState();
  const { warn, warned } = warner(emit, state, onWarning);
  const { log, checkpoint, evaluated, earlier } = await restoreRun(run, { state, stage, optimizer }, warn);
  const resumedFrom = state.step;
  await leader.begin(checkpoint?.directory);
  const checkpoints = createRunCheckpoints(run, state, {
    stage,
    signal,
    newest: checkpoint && basename(checkpoint.directory),
    keep: options.keepCheckpoints ?? 2,
    alsoKept: () => evaluations.bestSteps(),
    writeState: (directory) => writeTrainerState(directory, state, { seed, plan, optimizer, configuration }),
    onWritten: ({ step, directory }) => emit('checkpoint', { step, directory }),
  });
  const evaluations = createRunEvaluations(state, options, { plan, log, checkpoints, emit });
  const { observe } = createMonitor(options.watch, earlier);
  const diagnosis =
    options.watch?.diagnosis === false
      ? undefined
      : await createRunDiagnosis(run.metrics, configuration, warn);
  const evaluate = async (): Promise<void> => {
    if (!evaluations.planned()) return;
    await evaluations.evaluate();
    await diagnosis?.look(false);
  };
  const { interruptible } = checkpoints;
  const step = createStepRunner(state, options, {
    stage,
    trained,
    optimizer,
    plan,
    log,
    dumps: run.dumps,
    interruptible,
    observe,
    warn,
  });

  const stopReason = (): string | undefined => training.stopReason() ?? evaluations.ending();
  // A stage with a finish writes its last checkpoint after that: if this step has one already, the next step is the last.
  const ends = (): boolean =>
    state.step === plan.steps ||
    (stopReason() !== undefined && state.step > resumedFrom && !(stage.finish && checkpoints.upToDate()));
  const finish = async (): Promise<void> => {
    if (stage.finish) {
      state.unfinished = true;
      await interruptible(async () => stage.finish?.(signal));
      state.unfinished = false;
    }
    await checkpoints.write();
  };
  const progress = (): TrainingProgress => progressOf(state, plan, { resumedFrom, seconds: seconds() });
  const report = async (): Promise<void> => {
    const reached = progress();
    // The last step is reported with its evaluation, below.
    if (state.step < plan.steps || !evaluations.planned()) options.onProgress?.(reached);
    await emit('step', reached);
  };

  try {
    await warned();
    const { step: from, skipped } = state;
    await emit('start', { directory: run.directory, step: from, steps: plan.steps, skipped });
    const onlyFinish = state.unfinished;
    if (onlyFinish) await finish();
    if (!evaluated) await evaluate();
    // A run that its selection has ended is over; but if the stage's finish was still to come, it takes one more step, as above.
    const endedBefore = evaluations.ending() !== undefined && (evaluated || !stage.finish);
    const over = onlyFinish || state.step === plan.steps || endedBefore;
    // Whether another process of the group was asked to stop.
    let stop = false;
    while (!over) {
      // Lets signals and timers of the process run; without a break here they would wait for the end of training.
      await setImmediate();
      checkpoints.check();
      if (signal?.aborted || stop) throw await checkpoints.interrupt();
      await leader.step();
      const outcome = await step();
      if (!outcome.made) throw await checkpoints.interrupt();
      ({ stop } = outcome);
      await warned();
      await report();
      if (ends()) {
        await finish();
        await evaluate();
        break;
      }
      const due = state.step % (options.checkpointEvery ?? Number.POSITIVE_INFINITY) === 0;
      // An evaluation that may end the run comes before the checkpoint if that has to wait for the stage's finish.
      const evaluateFirst = stage.finish !== undefined && evaluations.planned();
      if (due && !evaluateFirst) await checkpoints.write();
      await evaluate();
      if (ends()) {
        await finish();
        break;
      }
      if (due) await checkpoints.write();
    }
    // Otherwise the run would end with what the evaluation before the last one has measured.
    if (evaluations.planned()) options.onProgress?.(progress());
    await checkpoints.settle();
    await log.sync();
    if (!over) await diagnosis?.look(true);
    await warned();
  } catch (error) {
    await checkpoints.close();
    const reason = error instanceof TrainingInterrupted ? 'interrupted' : 'failed';
    await emit('end', { step: state.step, reason, error }).catch(() => {});
    throw error;
  } finally {
    await checkpoints.close();
    await log.close();
  }
  const stopped = state.step < plan.steps ? stopReason() : undefined;
  await emit('end', { step: state.step, reason: stopped === undefined ? 'finished' : 'stopped' });
  return {
    ...(await summarizeRun(run, options.selection)),
    ...(stopped !== undefined && { stopped }),
    seconds: seconds(),
  };
}

/** What a caller is told after a step. */
function progressOf(
  state: RunState,
  plan: TrainingPlan,
  { resumedFrom, seconds }: { readonly resumedFrom: number; readonly seconds: number },
): TrainingProgress {
  const { step, skipped, lastMetrics, evaluations } = state;
  return {
    step,
    steps: plan.steps,
    epoch: step / plan.stepsPerEpoch,
    seconds,
    resumedFrom,
    skipped,
    remainingSeconds: (seconds / Math.max(1, step - resumedFrom)) * (plan.steps - step),
    metrics: lastMetrics,
    evaluation: evaluations.at(-1)?.metrics ?? {},
  };
}
