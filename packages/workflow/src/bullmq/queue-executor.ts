import type { Job } from 'bullmq';
import { WorkflowError } from '../errors.js';
import type { Executor, PlanContext, PlanOutcome } from '../executor.js';
import { type Attempt, schedule } from '../schedule.js';
import type { StageOrder } from '../stage-order.js';
import type { StageStore } from '../stage-store.js';
import { restoreError } from '../worker-messages.js';
import { DEFAULT_QUEUE, type JobReport, queuePriority, stopChannel } from './job-messages.js';
import { connectRedis } from './redis-connection.js';

/** What an executor on a queue is made from. */
export interface QueueExecutorOptions {
  /** The Redis server: `redis://…`, or `rediss://…` for TLS. */
  readonly url: string;
  readonly queue?: string;
  /** The store that the workers share. */
  readonly store: Pick<StageStore, 'read'>;
  readonly onWarning?: (message: string) => void;
}

/** Milliseconds after which a job is looked at, whatever was heard of it: events are lost when Redis restarts. */
const LOOK_MS = 5_000;

/**
 * Runs plans on the workers of a queue: see `runQueueWorker`.
 *
 * A job's id is the key of its stage, so those who want the same stage share its job. A process that dies is tried again
 * twice, after 1 and 2 seconds; jobs that failed stay on the queue's list of failures, with the reason, until the plan runs
 * again.
 *
 * @throws {WorkflowError} `invalid-address`, `missing-package`
 */
export async function queueExecutor({
  url,
  queue: name = DEFAULT_QUEUE,
  store,
  onWarning = () => {},
}: QueueExecutorOptions): Promise<Executor> {
  const connection = await connectRedis(url, onWarning);
  const listener = await connectRedis(url, () => {});
  const { Queue, QueueEvents } = await import('bullmq');
  const queue = new Queue(name, { connection });
  const events = new QueueEvents(name, { connection: listener });
  const warn = (error: Error): void => onWarning(error.message);
  queue.on('error', warn);
  events.on('error', warn);
  await events.waitUntilReady();

  const add = (order: StageOrder): Promise<Job> =>
    queue.add(order.title, order, {
      jobId: order.key,
      priority: queuePriority(order.priority),
      attempts: 3,
      backoff: { type: 'exponential', delay: 1_000 },
      removeOnComplete: true,
      removeOnFail: false,
    });

  /** Has a stage run, and waits until its job is over. */
  const execute = async (order: StageOrder, { signal, progress, log }: PlanContext): Promise<Attempt> => {
    const { key } = order;
    let settle = (): void => {};
    const over = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const onOver = ({ jobId }: { readonly jobId: string }): void => {
      if (jobId === key) settle();
    };
    const onProgress = ({ jobId, data }: { readonly jobId: string; readonly data: unknown }): void => {
      if (jobId !== key) return;
      const { progress: report, line, failure } = data as JobReport;
      if (failure) return;
      if (line !== undefined) log(line, order);
      else if (report) progress(report, order);
    };
    const look = async (): Promise<void> => {
      const state = await queue.getJobState(key);
      if (state === 'failed' || state === 'unknown') settle();
    };
    const stop = async (): Promise<void> => {
      // A job at work cannot be removed: its worker stops it.
      const isRemoved = await queue.remove(key);
      if (isRemoved) settle();
      else await connection.publish(stopChannel(name), key);
    };
    const abort = (): void => void stop().catch((error: Error) => onWarning(error.message));
    const looking = setInterval(() => void look().catch(() => {}), LOOK_MS);
    events.on('completed', onOver).on('failed', onOver).on('progress', onProgress);
    signal.addEventListener('abort', abort);
    try {
      await add(order);
      if (signal.aborted) abort();
      await over;
      if (await store.read(order)) return 'done';
      const job = await queue.getJob(key);
      signal.throwIfAborted();
      // Somebody else stopped it, or its job was removed.
      if (!job || !(await job.isFailed())) return 'busy';
      const { failure } = job.progress as JobReport;
      if (failure?.name === 'AbortError') {
        await job.remove();
        return 'busy';
      }
      throw failure ? restoreError(failure) : new WorkflowError('stage-failed', job.failedReason);
    } finally {
      clearInterval(looking);
      events.off('completed', onOver).off('failed', onOver).off('progress', onProgress);
      signal.removeEventListener('abort', abort);
    }
  };

  return {
    async run(plan, context): Promise<PlanOutcome> {
      const finished = new Set<string>();
      for (const order of plan) if (await store.read(order)) finished.add(order.key);
      // What failed before is tried again now.
      for (const { key } of plan) {
        if (!finished.has(key) && (await queue.getJobState(key)) === 'failed') await queue.remove(key);
      }
      const tasks = plan.map((order) => ({
        id: order.key,
        needs: Object.values(order.needs).map(({ key }) => key),
        ...(order.priority !== undefined && { priority: order.priority }),
        order,
      }));
      return schedule(tasks, {
        slots: Number.POSITIVE_INFINITY,
        signal: context.signal,
        run: async ({ order }) => (finished.has(order.key) ? 'done' : execute(order, context)),
        onDone: ({ order }) => context.onDone(order),
      });
    },
    async close() {
      await events.close();
      await queue.close();
      connection.disconnect();
      listener.disconnect();
    },
  };
}
