import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { explainFileError } from '@ais/runtime/files';
import { encodeEvent, type TensorBoardEvent } from './event-file.js';
import type { TrainingCallback } from './training-callbacks.js';

/**
 * Writes a run's metrics as TensorBoard event files too, on any back end: steps and evaluations, by the names of
 * metrics.jsonl. Where a run is resumed, what was written after its checkpoint no longer counts.
 *
 * @param options.directory where the files go; `tensorboard/` in the run's directory by default
 * @returns a callback for `TrainingOptions.callbacks`, for one run
 * @example
 * const callbacks = [tensorBoard()]; // then: tensorboard --logdir runs
 */
export function tensorBoard(options: { readonly directory?: string } = {}): TrainingCallback {
  let file: FileHandle | undefined;
  let directory = options.directory ?? '';
  let lastSkipped = 0;
  const write = async (...events: readonly TensorBoardEvent[]): Promise<void> => {
    try {
      await file?.appendFile(Buffer.concat(events.map(encodeEvent)));
    } catch (error) {
      throw explainFileError(error, directory);
    }
  };
  const now = (): number => Date.now() / 1000;

  return {
    async start({ directory: run, step, skipped }) {
      lastSkipped = skipped;
      directory = options.directory ?? join(run, 'tensorboard');
      const seconds = now();
      // TensorBoard takes the files of a folder in the order of their names.
      const stamp = seconds.toFixed(3).padStart(14, '0');
      try {
        await mkdir(directory, { recursive: true });
        file = await open(join(directory, `events.out.tfevents.${stamp}.${hostname()}.${process.pid}`), 'a');
      } catch (error) {
        throw explainFileError(error, directory);
      }
      await write({ seconds, version: 'brain.Event:2' }, { seconds, restartAt: step + 1 });
    },
    async step({ step, metrics, skipped }) {
      const left = skipped > lastSkipped;
      lastSkipped = skipped;
      await write({ seconds: now(), step, scalars: left ? { skipped } : metrics });
    },
    evaluate: ({ step, metrics }) => write({ seconds: now(), step, scalars: metrics }),
    async end() {
      await file?.close();
      file = undefined;
    },
  };
}
