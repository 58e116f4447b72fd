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

/** Milliseconds after which some jobs are looked at, whatever was heard of them: events are lost when Redis restarts. */
const LOOK_MS = 5_000;
/** How many are looked at then, in turn. */
const LOOKS = 1_000;

/** Whoever waits for a job. */
interface JobWatcher {
  readonly settle: () => void;
  readonly report: (report: JobReport) => void;
}

/**
 * Runs plans on the workers of a queue: see `runQueueWorker`.
 *
 * A job's id is the key of its stage, so those who want the same stage share its job. A process that dies is tried again
 * twice, after 1 and 2 seconds; jobs that failed stay on the queue's list of failures, with the reason, until the plan runs
 * again.
 *
 * @param options `url`: `redis://:password@host:6379`, or `rediss://…` with TLS
 * @returns an executor, to be closed when done
 * @throws {WorkflowError} `invalid-address`, `missing-package`
 * @example
 * const store = directoryStore('/shared/stages');
 * const executor = await queueExecutor({ url: 'redis://127.0.0.1:6379', queue: 'sums', store });
 * const { failures } = await runStages([stageSpec(numbers, { upTo: 4 }, {})], { store, executor });
 * await executor.close?.();
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

  // One listener for all jobs, of which a plan may have a hundred thousand.
  const watchers = new Map<string, Set<JobWatcher>>();
  const tell = (key: string, what: (watcher: JobWatcher) => void): void => {
    for (const watcher of watchers.get(key) ?? []) what(watcher);
  };
  const settle = ({ jobId }: { readonly jobId: string }): void => tell(jobId, ({ settle: over }) => over());
  events.on('completed', settle).on('failed', settle);
  events.on('progress', ({ jobId, data }) => tell(jobId, ({ report }) => report(data as JobReport)));

  const lookAt = async (key: string): Promise<void> => {
    const state = await queue.getJobState(key);
    if (state === 'failed' || state === 'unknown') settle({ jobId: key });
  };
  let round = watchers.keys();
  const look = (): void => {
    for (let count = 0; count < LOOKS; count += 1) {
      const { value: key, done } = round.next();
      if (done || key === undefined) {
        round = watchers.keys();
        return;
      }
      lookAt(key).catch(() => {});
    }
  };
  const looking = setInterval(look, LOOK_MS);

  /** Has a stage run, and waits until its job is over. */
  const execute = async (
    order: StageOrder,
    { signal, progress, log }: PlanContext,
    stops: Set<() => void>,
  ): Promise<Attempt> => {
    const { key } = order;
    let over = (): void => {};
    const ended = new Promise<void>((resolve) => {
      over = resolve;
    });
    const watcher: JobWatcher = {
      settle: over,
      report({ progress: report, line, warning, failure }) {
        if (failure) return;
        if (warning !== undefined) onWarning(`${order.title}: ${warning}`);
        else if (line !== undefined) log(line, order);
        else if (report) progress(report, order);
      },
    };
    const stop = async (): Promise<void> => {
      // A job at work cannot be removed: its worker stops it.
      const isRemoved = await queue.remove(key);
      if (isRemoved) over();
      else await connection.publish(stopChannel(name), key);
    };
    const abort = (): void => void stop().catch((error: Error) => onWarning(error.message));
    watchers.set(key, (watchers.get(key) ?? new Set()).add(watcher));
    stops.add(abort);
    try {
      await add(order);
      if (signal.aborted) abort();
      await ended;
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
      const others = watchers.get(key);
      others?.delete(watcher);
      if (others?.size === 0) watchers.delete(key);
      stops.delete(abort);
    }
  };

  return {
    async run(plan, context): Promise<PlanOutcome> {
      // What failed before is tried again now.
      const planned = new Set(plan.map(({ key }) => key));
      for (const job of await queue.getFailed()) if (planned.has(job.id ?? '')) await job.remove();
      const tasks = plan.map((order) => ({
        id: order.key,
        needs: Object.values(order.needs).map(({ key }) => key),
        ...(order.priority !== undefined && { priority: order.priority }),
        order,
      }));
      // One listener for all stages.
      const stops = new Set<() => void>();
      const stopAll = (): void => {
        for (const stop of stops) stop();
      };
      const { signal } = context;
      signal.addEventListener('abort', stopAll);
      return schedule(tasks, {
        ...{ slots: Number.POSITIVE_INFINITY, signal },
        run: async ({ order }) => ((await store.read(order)) ? 'done' : execute(order, context, stops)),
        onDone: ({ order }) => context.onDone(order),
      }).finally(() => signal.removeEventListener('abort', stopAll));
    },
    async close() {
      clearInterval(looking);
      await events.close();
      await queue.close();
      connection.disconnect();
      listener.disconnect();
    },
  };
}
