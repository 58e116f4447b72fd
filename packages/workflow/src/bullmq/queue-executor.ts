import { setTimeout as sleep } from 'node:timers/promises';
import { interruption } from '@ais/runtime/process';
import type { Job } from 'bullmq';
import { atMost } from '../at-most.js';
import { WorkflowError } from '../errors.js';
import type { Executor, PlanContext, PlanOutcome } from '../executor.js';
import { isPassing, passingWarning } from '../passing-failure.js';
import { requireWhole } from '../require-whole.js';
import { type Attempt, schedule } from '../schedule.js';
import type { StageOrder } from '../stage-order.js';
import type { StageStore } from '../stage-store.js';
import { restoreError } from '../worker-messages.js';
import { DEFAULT_QUEUE, type JobReport, queuePriority, stopChannel } from './job-messages.js';
import { connectBeside, connectRedis } from './redis-connection.js';

/** What an executor on a queue is made from. */
export interface QueueExecutorOptions {
  /** The Redis server: `redis://…`, or `rediss://…` for TLS. */
  readonly url: string;
  readonly queue?: string;
  /** The store that the workers share. */
  readonly store: Pick<StageStore, 'read'>;
  readonly onWarning?: (message: string) => void;
  /** Milliseconds before a store that is away is asked again; 10,000 by default. */
  readonly pause?: number;
  /** Ends the wait for a server that does not answer, with its reason; by default, what interrupts the work around this. */
  readonly signal?: AbortSignal;
}

/** Milliseconds after which some jobs are looked at, whatever was heard of them: events are lost when Redis restarts. */
const LOOK_MS = 5_000;
/** How many are looked at then, round-robin. */
const LOOKS = 1_000;
/** Records that are looked up at once: each is an open file, of which a process may have a thousand. */
const LOOK_UPS = 64;
/**
 * How often a worker is asked to stop a job, with a pause of `LOOK_MS`. The job of one that has died can be removed once its lock has
 * run out, after half a minute; one that is alive may take minutes to write a checkpoint.
 */
const STOPS = 60;

/** A caller that waits for a job. */
interface JobWatcher {
  readonly settle: () => void;
  readonly report: (report: JobReport) => void;
}

/** A job that ends when its plan is stopped. */
interface StoppableJob {
  readonly stop: () => void;
  /** Waits for it no longer. */
  readonly leave: () => void;
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
 * @throws {WorkflowError} `invalid-address`, `missing-package`, `invalid-option`; or the signal's reason
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
  pause = 10_000,
  signal: given,
}: QueueExecutorOptions): Promise<Executor> {
  requireWhole('pause', pause, 0);
  const interrupted = interruption(given);
  // The signal of the plan that runs, or that ran last.
  let ofPlan: AbortSignal | undefined;
  const isStopped = (): boolean => [interrupted, ofPlan].some((signal) => signal?.aborted);
  const connection = await connectRedis(url, onWarning, interrupted, isStopped);
  const listener = connectBeside(connection);
  const { Queue, QueueEvents } = await import('bullmq');
  const queue = new Queue(name, { connection });
  const events = new QueueEvents(name, { connection: listener });
  const warn = (error: Error): void => onWarning(error.message);
  queue.on('error', warn);
  events.on('error', warn);
  const close = async (): Promise<void> => {
    // Neither closes where the server was never reached.
    await Promise.allSettled([events.close(), queue.close()]);
    connection.disconnect();
    listener.disconnect();
  };
  await events.waitUntilReady().catch(async (error: unknown) => {
    await close();
    interrupted?.throwIfAborted();
    throw error;
  });

  const lookUp = atMost(LOOK_UPS);
  const isFinished = async (order: StageOrder, signal: AbortSignal): Promise<boolean> => {
    for (;;) {
      try {
        return (await lookUp(() => store.read(order))) !== undefined;
      } catch (error) {
        if (!isPassing(error)) throw error;
        onWarning(`${order.title}: ${passingWarning(error, pause)}`);
        await sleep(pause, undefined, { signal }).catch(() => {});
        signal.throwIfAborted();
      }
    }
  };
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
  // A plan that was stopped does not wait for a server that stays away.
  connection.once('end', () => {
    for (const key of watchers.keys()) settle({ jobId: key });
  });
  events.on('progress', ({ jobId, data }) => tell(jobId, ({ report }) => report(data as JobReport)));

  const lookAt = async (key: string): Promise<void> => {
    const state = await queue.getJobState(key);
    if (state === 'failed' || state === 'unknown') settle({ jobId: key });
  };
  // Nothing else says why nothing happens.
  let isTold = false;
  const lookForWorkers = async (): Promise<void> => {
    if (isTold || watchers.size === 0 || (await queue.getWorkersCount()) > 0) return;
    isTold = true;
    onWarning(`No worker is connected to the queue ${name}: stages wait until one is (ais worker).`);
  };
  let round = watchers.keys();
  const look = (): void => {
    lookForWorkers().catch(() => {});
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
    stoppable: Set<StoppableJob>,
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
    const own: StoppableJob = {
      stop: () =>
        void stop().catch((error: Error) => {
          if (connection.status !== 'end') onWarning(error.message);
        }),
      leave: over,
    };
    watchers.set(key, (watchers.get(key) ?? new Set()).add(watcher));
    stoppable.add(own);
    try {
      await add(order);
      if (signal.aborted) own.stop();
      await ended;
      if (await isFinished(order, signal)) return 'done';
      const job = await queue.getJob(key);
      // Otherwise another plan stopped it, and its job was removed.
      const failed = job && (await job.isFailed()) ? job : undefined;
      const { failure } = (failed?.progress ?? {}) as JobReport;
      const isStopped = failure?.name === 'AbortError';
      if (isStopped) await failed?.remove();
      signal.throwIfAborted();
      if (!failed || isStopped) return 'busy';
      throw failure ? restoreError(failure) : new WorkflowError('stage-failed', failed.failedReason);
    } catch (error) {
      // Without a server, everything fails.
      signal.throwIfAborted();
      throw error;
    } finally {
      const others = watchers.get(key);
      others?.delete(watcher);
      if (others?.size === 0) watchers.delete(key);
      stoppable.delete(own);
    }
  };

  return {
    async run(plan, context): Promise<PlanOutcome> {
      const { signal } = context;
      ofPlan = signal;
      // One listener for all stages.
      const stoppable = new Set<StoppableJob>();
      let stops = 0;
      let stopping: NodeJS.Timeout | undefined;
      const stopAll = (): void => {
        stops += 1;
        for (const job of stoppable) {
          if (stops > STOPS) job.leave();
          else job.stop();
        }
      };
      const abort = (): void => {
        stopAll();
        stopping = setInterval(stopAll, LOOK_MS);
      };
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort);
      const tasks = plan.map((order) => ({
        id: order.key,
        needs: Object.values(order.needs).map(({ key }) => key),
        ...(order.priority !== undefined && { priority: order.priority }),
        order,
      }));
      try {
        // What failed before is tried again now.
        const planned = new Set(plan.map(({ key }) => key));
        for (const job of await queue.getFailed()) if (planned.has(job.id ?? '')) await job.remove();
        return await schedule(tasks, {
          slots: Number.POSITIVE_INFINITY,
          signal,
          run: async ({ order }) =>
            (await isFinished(order, signal)) ? 'done' : execute(order, context, stoppable),
          onDone: ({ order }) => context.onDone(order),
        });
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        clearInterval(stopping);
        signal.removeEventListener('abort', abort);
      }
    },
    async close() {
      clearInterval(looking);
      await close();
    },
  };
}
