import { join } from 'node:path';
import type { AdamW } from '../optimizer/adamw.js';
import { newestCheckpoint, type StoredCheckpoint } from '../run/checkpoint.js';
import { type MetricsLine, type MetricsLog, openMetricsLog, readMetrics } from '../run/metrics-log.js';
import type { RunDirectory } from '../run/run-directory.js';
import type { EvaluationRecord } from './checkpoint-selection.js';
import { evaluationsOf } from './run-summary.js';
import { readTrainerState, type TrainerPosition } from './trainer-state.js';
import type { Warn } from './training-callbacks.js';
import type { Metrics } from './training-metrics.js';
import type { TrainingStage } from './training-stage.js';

/** A checkpoint's copy of the metrics so far. */
export const METRICS_COPY = 'metrics.jsonl';

/** Where a run is and what it has shown so far. The parts of the loop share one; the step runner moves it forward. */
export class RunState {
  /** Updates made or skipped. */
  step = 0;
  /** Tokens that the model has read in training. */
  tokens = 0;
  /** Steps skipped because they were not finite: all of them, and the last ones in a row. */
  skipped = 0;
  skippedInRow = 0;
  /** Length of metrics.jsonl after the last step's line: this step's evaluation, if any, follows it. */
  metricsOffset = 0;
  /** Set while the stage's finish is still to come and no update is. */
  unfinished = false;
  /** Of the last step that was not skipped. */
  lastMetrics: Metrics = {};
  lastRecordIds: readonly string[] = [];
  /** In order. */
  readonly evaluations: EvaluationRecord[] = [];

  /** What a checkpoint holds of it. */
  get position(): TrainerPosition {
    const { step, metricsOffset, tokens, skipped, skippedInRow } = this;
    return { step, metricsOffset, tokens, skipped, skippedInRow };
  }
}

/** What a run directory holds of a run. */
export interface RestoredRun {
  readonly log: MetricsLog;
  /** The checkpoint that the run resumes from; nothing if it starts. */
  readonly checkpoint: StoredCheckpoint | undefined;
  /** Whether the evaluation of the current step is in the log already. */
  readonly evaluated: boolean;
  /** The steps of earlier calls, in order. */
  readonly earlier: readonly { readonly step: number; readonly metrics: Metrics }[];
}

/**
 * Restores a run from its newest whole checkpoint: model, optimizer, state, and metrics. Without a checkpoint, the run starts.
 *
 * @param run its directory
 * @param into what is filled
 * @param warn told of damaged checkpoints, and of metrics that were not what the run had written
 * @throws {TrainerError} `damaged-run-directory`, `checkpoint-mismatch`
 */
export async function restoreRun(
  run: RunDirectory,
  into: {
    readonly state: RunState;
    readonly stage: Pick<TrainingStage, 'restore'>;
    readonly optimizer: AdamW;
  },
  warn: Warn,
): Promise<RestoredRun> {
  const { state, stage, optimizer } = into;
  const checkpoint = await newestCheckpoint(run.checkpoints, (message) =>
    warn('damaged-checkpoint', message),
  );
  if (checkpoint) {
    Object.assign(state, await readTrainerState(checkpoint.directory, optimizer));
    await stage.restore(checkpoint.directory);
    state.unfinished = checkpoint.unfinished;
  }
  const { log, evaluated, restored } = await openMetricsLog(run.metrics, {
    step: state.step,
    offset: state.metricsOffset,
    ...(checkpoint && { copy: join(checkpoint.directory, METRICS_COPY) }),
  });
  if (restored) {
    warn(
      'restored-metrics',
      `${run.metrics} was missing or damaged; it was restored from the checkpoint of step ${state.step}.`,
    );
  }
  const lines = await readMetrics(run.metrics).catch(async (error: unknown) => {
    await log.close();
    throw error;
  });
  state.evaluations.push(...evaluationsOf(lines));
  const earlier = lines.filter(({ event }) => event === 'train').map(stepOf);
  state.lastMetrics = earlier.at(-1)?.metrics ?? {};
  return { log, checkpoint, evaluated, earlier };
}

function stepOf({ event: _, step, epoch, ...metrics }: MetricsLine): RestoredRun['earlier'][number] {
  return { step, metrics: metrics as Metrics };
}
