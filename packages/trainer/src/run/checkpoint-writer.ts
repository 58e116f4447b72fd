import { Worker } from 'node:worker_threads';
import { explainFileError } from '@ais/runtime/files';
import {
  checkpointNamed,
  completeCheckpoint,
  type FilledCheckpoint,
  fillCheckpoint,
  removeOldCheckpoints,
  type StoredCheckpoint,
} from './checkpoint.js';

/** Writes a run's checkpoints, one at a time, without holding up its steps. */
export interface CheckpointWriter {
  /** The name of the newest checkpoint, written or being written. */
  readonly newest: string | undefined;
  /**
   * Fills a checkpoint, and lets the rest happen in the background; waits for an earlier one first.
   *
   * @param name one that already exists is left alone
   * @param fill writes the files into the folder it is given; afterwards the model may change again
   * @throws what writing an earlier one failed with
   */
  write(name: string, fill: (directory: string) => Promise<void>): Promise<void>;
  /** Waits until nothing is being written, and throws what writing failed with. */
  settle(): Promise<void>;
  /** Throws what writing failed with, if it has by now; does not wait. */
  check(): void;
  /** Waits until nothing is being written, and frees the thread; throws nothing. */
  close(): Promise<void>;
}

/** What the thread is told: which checkpoint to complete, and which to keep once it is whole. */
export interface CompletionOrder {
  readonly filled: FilledCheckpoint;
  readonly keep: number;
  readonly alsoKept: readonly number[];
}

/**
 * Makes the writer of a run's checkpoints.
 *
 * Filling a checkpoint copies the model into files that the system holds in memory, at the speed of memory. What takes
 * long (SHA-256, flushing to the disk, removing old checkpoints) happens in a thread meanwhile.
 *
 * @param root the folder of all checkpoints
 * @param options.newest the name of the existing one
 * @param options.keep how many of the newest stay
 * @param options.alsoKept steps whose checkpoints stay too; asked each time
 * @param options.onWritten called when a checkpoint is whole and durable; what it throws counts as a failure to write
 */
export function createCheckpointWriter(
  root: string,
  options: {
    readonly newest: string | undefined;
    readonly keep: number;
    readonly alsoKept: () => readonly number[];
    readonly onWritten: (written: StoredCheckpoint) => Promise<void>;
  },
): CheckpointWriter {
  const thread = completionThread();
  let newest = options.newest;
  let filling: Promise<void> = Promise.resolve();
  let completing: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | undefined;

  const check = (): void => {
    if (failure) throw failure.error;
  };
  const settle = async (): Promise<void> => {
    await filling;
    await completing;
    check();
  };
  const fillAndGoOn = async (
    name: string,
    before: string | undefined,
    fill: (directory: string) => Promise<void>,
  ): Promise<void> => {
    await completing;
    check();
    const filled = await fillCheckpoint(root, name, fill).catch((error: unknown) => {
      newest = before;
      throw error;
    });
    const order = { filled, keep: options.keep, alsoKept: options.alsoKept() };
    completing = thread
      .complete(order)
      .then(async () => {
        const written = checkpointNamed(root, name);
        if (written) await options.onWritten(written);
      })
      .catch((error: unknown) => {
        failure = { error };
      });
  };

  return {
    get newest() {
      return newest;
    },
    async write(name, fill) {
      if (newest !== name) {
        const before = newest;
        newest = name;
        filling = filling.then(() => fillAndGoOn(name, before, fill));
      }
      await filling;
    },
    settle,
    check,
    async close() {
      await settle().catch(() => {});
      await thread.close();
    },
  };
}

/** Completes a checkpoint, then removes those that it makes superfluous. */
export async function finishCheckpoint({ filled, keep, alsoKept }: CompletionOrder): Promise<void> {
  await completeCheckpoint(filled);
  await removeOldCheckpoints(filled.root, keep, alsoKept);
}

interface CompletionThread {
  complete(order: CompletionOrder): Promise<void>;
  close(): Promise<void>;
}

function completionThread(): CompletionThread {
  // Sources are run by test runners, whose loader a thread of Node does not have: there the same work is done here.
  if (import.meta.url.endsWith('.ts')) return { complete: finishCheckpoint, close: async () => {} };
  let worker: Worker | undefined;
  return {
    async complete(order) {
      worker ??= new Worker(new URL('./checkpoint-thread.js', import.meta.url));
      const failed = await answerOf(worker, order);
      if (failed) throw explainFileError(Object.assign(new Error(failed.message), failed), order.filled.root);
    },
    close: async () => {
      await worker?.terminate();
    },
  };
}

interface ThreadFailure {
  readonly message: string;
  readonly code?: string;
  readonly path?: string;
  readonly dest?: string;
}

function answerOf(worker: Worker, order: CompletionOrder): Promise<ThreadFailure | undefined> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      worker.off('message', answered).off('error', failed).off('exit', ended);
    };
    const answered = (failure: ThreadFailure | undefined): void => {
      done();
      resolve(failure);
    };
    const failed = (error: Error): void => {
      done();
      reject(error);
    };
    const ended = (): void => failed(new Error('@ais/trainer: the thread that writes checkpoints ended.'));
    worker.on('message', answered).on('error', failed).on('exit', ended);
    worker.postMessage(order);
  });
}
