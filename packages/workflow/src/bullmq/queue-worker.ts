import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { WorkflowError } from '../errors.js';
import { performInProcess } from '../own-process.js';
import { isPassing, passingWarning } from '../passing-failure.js';
import { readOrder } from '../read-order.js';
import { requireWhole } from '../require-whole.js';
import type { StageOrder } from '../stage-order.js';
import type { StageStore } from '../stage-store.js';
import { threadShare } from '../thread-share.js';
import { reportError } from '../worker-messages.js';
import { DEFAULT_QUEUE, type JobReport, stopChannel } from './job-messages.js';
import { connectBeside, connectRedis } from './redis-connection.js';

/** What a worker of a queue is told at its start: nothing of it comes from a job. */
export interface QueueWorkerOptions {
  /** The Redis server: `redis://…`, or `rediss://…` for TLS. */
  readonly url: string;
  readonly queue?: string;
  /** The worker's own store, shared with those who give the jobs. */
  readonly store: StageStore;
  /** The URL of the module that exports the kinds of stages as `stages`: never taken from a job. */
  readonly module: string;
  /** Stages at work at once, each in a process of its own; 1 by default. */
  readonly processes?: number;
  /** At most `count` jobs begin in `milliseconds`, counted over all workers of the queue that have the same limit. */
  readonly rateLimit?: { readonly count: number; readonly milliseconds: number };
  /** Refuses, by throwing, what this worker does not want to run. */
  readonly admit?: (order: StageOrder) => void | Promise<void>;
  /** When it aborts, stages at work stop where they can resume, and their jobs go back to the queue. */
  readonly signal: AbortSignal;
  readonly onEvent?: (message: string) => void;
  /** Milliseconds after which a job of a worker that is not heard of goes to another one; 30,000 by default. */
  readonly lockDuration?: number;
  /**
   * Milliseconds before a job is tried again whose stage another process works on, and ten times as many while the store is
   * full or away; 1,000 by default.
   */
  readonly pause?: number;
}

/**
 * Works on the jobs of a queue until the signal aborts. Should the server be away then, its jobs go back to the queue once their
 * locks have run out.
 *
 * @throws {WorkflowError} `invalid-address`, `missing-package`; `invalid-option` naming the number that is out of range
 * @example
 * const stop = new AbortController();
 * process.once('SIGTERM', () => stop.abort());
 * await runQueueWorker({
 *   url: 'redis://127.0.0.1:6379',
 *   queue: 'sums',
 *   store: directoryStore('/shared/stages'),
 *   module: new URL('stages.js', base).href, // of a program: import.meta.resolve('./stages.js')
 *   processes: 4,
 *   signal: stop.signal,
 * });
 */
export async function runQueueWorker(options: QueueWorkerOptions): Promise<void> {
  try {
    await workUntilAborted(options);
  } catch (error) {
    // Without a server, no one can be told of anything.
    if (!options.signal.aborted) throw error;
  }
}

async function workUntilAborted({
  url,
  queue = DEFAULT_QUEUE,
  store,
  module,
  processes = 1,
  rateLimit,
  admit = () => {},
  signal,
  onEvent = () => {},
  lockDuration = 30_000,
  pause = 1_000,
}: QueueWorkerOptions): Promise<void> {
  requireWhole('processes', processes, 1);
  if (rateLimit) {
    requireWhole('rateLimit.count', rateLimit.count, 1);
    requireWhole('rateLimit.milliseconds', rateLimit.milliseconds, 1);
  }
  requireWhole('lockDuration', lockDuration, 1);
  requireWhole('pause', pause, 0);
  const { DelayedError, UnrecoverableError, WaitingError, Worker } = await import('bullmq');
  const connection = await connectRedis(url, onEvent, signal);
  const ended = reached(connection, 'end');
  const subscriber = connectBeside(connection);
  const environment = threadShare(processes);
  const atWork = new Map<string, AbortController>();
  subscriber.on('message', (_channel, id) => atWork.get(id)?.abort());

  const perform = async (job: Job, token: string | undefined): Promise<void> => {
    const controller = new AbortController();
    const id = job.id ?? '';
    atWork.set(id, controller);
    // One after the other, so that they arrive in their order and before the end.
    let told = Promise.resolve();
    const began = performance.now();
    let last: JobReport = {};
    const tell = (report: JobReport): void => {
      last = { ...last, ...report, seconds: (performance.now() - began) / 1000 };
      const next = { ...last, ...(report.progress && { line: undefined }), warning: report.warning };
      told = told
        .then(async () => {
          await job.updateProgress(next);
          if (report.line !== undefined) await job.log(report.line);
        })
        .catch(() => {});
    };
    try {
      const order = readOrder(job.data, 'a job on the queue');
      await admit(order);
      if (order.key !== id)
        throw new WorkflowError('invalid-order', 'the id of a job is not the key of its stage.');
      // Looked up here: a process only for that would take a hundred times as long.
      if (await store.read(order)) return;
      if ((await store.state(order)) === 'running')
        throw new WorkflowError('stage-busy', 'another process works on it.');
      onEvent(`${order.title}: begins`);
      await performInProcess(
        order,
        { store: store.address, module, environment },
        {
          signal: AbortSignal.any([signal, controller.signal]),
          progress: (progress) => tell({ progress }),
          log: (line) => tell({ line }),
        },
      );
      onEvent(`${order.title}: finished`);
    } catch (thrown) {
      await told;
      // A job that its plan has stopped is not delayed.
      const isStopped = controller.signal.aborted && (isBusy(thrown) || isPassing(thrown));
      const error: unknown = isStopped ? controller.signal.reason : thrown;
      if (isBusy(error)) {
        await job.moveToDelayed(Date.now() + pause, token);
        throw new DelayedError();
      }
      if (signal.aborted) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      if (isPassing(error)) {
        const warning = passingWarning(error, 10 * pause);
        onEvent(`${job.name}: ${warning}`);
        tell({ warning });
        await told;
        await job.moveToDelayed(Date.now() + 10 * pause, token);
        throw new DelayedError();
      }
      tell({ failure: reportError(error) });
      await told;
      const reason = error instanceof Error ? error.message : String(error);
      onEvent(`${job.name}: ${reason}`);
      // A process that was killed may have been unlucky; what a stage throws it throws again.
      if (error instanceof WorkflowError && error.code === 'stage-failed') throw error;
      throw new UnrecoverableError(reason);
    } finally {
      await told;
      atWork.delete(id);
    }
  };

  try {
    await subscriber.subscribe(stopChannel(queue));
    const performing = new Set<Promise<void>>();
    const performNoted = (job: Job, token: string | undefined): Promise<void> => {
      const work = perform(job, token).finally(() => performing.delete(work));
      performing.add(work);
      return work;
    };
    const worker = new Worker(queue, performNoted, {
      connection,
      concurrency: processes,
      ...(rateLimit && { limiter: { max: rateLimit.count, duration: rateLimit.milliseconds } }),
      lockDuration,
      stalledInterval: lockDuration,
      // Stages are safe to run twice, so a worker that was lost is no reason to give a job up.
      maxStalledCount: 1_000,
    });
    worker.on('error', (error) => onEvent(error.message));
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    // BullMQ never closes a connection that is about to be made again.
    if (connection.status !== 'ready') await Promise.race([reached(connection, 'ready'), ended]);
    if (connection.status === 'ready') await Promise.race([worker.close(), ended]);
    await Promise.allSettled(performing);
    if (connection.status === 'end') void worker.close(true);
  } finally {
    connection.disconnect();
    subscriber.disconnect();
  }
}

function reached(connection: Redis, state: 'ready' | 'end'): Promise<void> {
  return new Promise((resolve) => {
    connection.once(state, () => resolve());
  });
}

function isBusy(error: unknown): boolean {
  return error instanceof WorkflowError && error.code === 'stage-busy';
}
