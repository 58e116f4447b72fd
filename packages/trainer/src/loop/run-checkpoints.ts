import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NonFiniteTraining, TrainingInterrupted } from '../errors.js';
import { checkpointName, type StoredCheckpoint } from '../run/checkpoint.js';
import { createCheckpointWriter } from '../run/checkpoint-writer.js';
import type { RunDirectory } from '../run/run-directory.js';
import { METRICS_COPY, type RunState } from './run-state.js';
import { nonFiniteNames } from './train-step.js';
import type { TrainingStage } from './training-stage.js';

/** A run's checkpoints: of the state as it is at each call. */
export interface RunCheckpoints {
  /** Whether the newest checkpoint is of this step, with the stage's finish behind it. */
  upToDate(): boolean;
  /**
   * Writes a checkpoint, unless there is one of this state; what takes long happens in the background.
   *
   * @throws {NonFiniteTraining} if the parameters are not finite: they are never saved
   * @throws what writing an earlier checkpoint failed with
   */
  write(): Promise<void>;
  /** Writes a checkpoint to the end, and returns the error that tells of it. */
  interrupt(): Promise<TrainingInterrupted>;
  /**
   * Does work during which the parameters rest. If the signal aborts meanwhile, the checkpoint does not wait for the work's end.
   *
   * @throws {TrainingInterrupted} if the signal aborts and the work throws
   */
  interruptible<T>(work: () => Promise<T>): Promise<T>;
  /** Throws what writing in the background failed with, if it has by now. */
  check(): void;
  /** Waits until nothing is being written, and throws what writing failed with. */
  settle(): Promise<void>;
  /** Waits until nothing is being written, and frees the thread; throws nothing. */
  close(): Promise<void>;
}

/**
 * Ties checkpoints to a run's state.
 *
 * @param options.newest name of the checkpoint that the run resumes from
 * @param options.keep how many of the newest stay
 * @param options.alsoKept steps whose checkpoints stay too; asked each time
 * @param options.writeState writes what a checkpoint holds beside the model and the metrics
 * @param options.onWritten called when a checkpoint is whole and durable
 */
export function createRunCheckpoints(
  run: Pick<RunDirectory, 'checkpoints' | 'metrics'>,
  state: RunState,
  options: {
    readonly stage: Pick<TrainingStage, 'parameters' | 'save'>;
    readonly newest: string | undefined;
    readonly keep: number;
    readonly alsoKept: () => readonly number[];
    readonly writeState: (directory: string) => Promise<void>;
    readonly onWritten: (written: StoredCheckpoint) => Promise<void>;
    readonly signal: AbortSignal | undefined;
  },
): RunCheckpoints {
  const { stage, newest, keep, alsoKept, onWritten, signal } = options;
  const writer = createCheckpointWriter(run.checkpoints, { newest, keep, alsoKept, onWritten });
  const name = (): string => checkpointName(state.step, state);

  const write = async (): Promise<void> => {
    if (writer.newest !== name()) {
      const parameters = await nonFiniteNames(stage.parameters);
      if (parameters.length > 0) {
        const { step, lastRecordIds, lastMetrics } = state;
        throw new NonFiniteTraining('parameters', step, lastRecordIds, lastMetrics, { parameters });
      }
    }
    await writer.write(name(), async (directory) => {
      await stage.save(directory);
      await copyFile(run.metrics, join(directory, METRICS_COPY));
      await options.writeState(directory);
    });
  };

  const interrupt = async (): Promise<TrainingInterrupted> => {
    await write();
    await writer.settle();
    return new TrainingInterrupted(state.step, join(run.checkpoints, name()));
  };

  return {
    upToDate: () => writer.newest === checkpointName(state.step),
    write,
    interrupt,
    async interruptible(work) {
      let saved: Promise<TrainingInterrupted> | undefined;
      const save = (): void => {
        saved = interrupt();
        saved.catch(() => {});
      };
      signal?.addEventListener('abort', save, { once: true });
      try {
        return await work();
      } catch (error) {
        // Whatever an aborted piece of work throws, its cause is the signal.
        throw signal?.aborted ? await (saved ?? interrupt()) : error;
      } finally {
        signal?.removeEventListener('abort', save);
        await saved;
      }
    },
    check: writer.check,
    settle: writer.settle,
    close: writer.close,
  };
}
