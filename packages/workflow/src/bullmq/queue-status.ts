import { interruption } from '@ais/runtime/process';
import type { Job } from 'bullmq';
import type { StageProgress } from '../stage-kind.js';
import { DEFAULT_QUEUE, type JobReport, secondsAtWork } from './job-messages.js';
import { connectRedis } from './redis-connection.js';

/** What the workers of a queue do, what waits for them, and what they gave up. */
export interface QueueStatus {
  readonly running: readonly {
    readonly title: string;
    readonly progress?: StageProgress;
    /** Seconds since the attempt began, as its worker said last. */
    readonly seconds: number;
    /** The last lines of its log. */
    readonly log: readonly string[];
  }[];
  /** Stages that wait for a worker, or for another try. */
  readonly waiting: number;
  /** What was given up, the latest first. */
  readonly failed: readonly { readonly title: string; readonly reason: string }[];
  readonly workers: number;
  /** Seconds until the stages at work are finished, judged by their progress; absent if none has any. */
  readonly expectedSeconds?: number;
}

/** Options of `queueStatus`. */
export interface QueueStatusOptions {
  readonly queue?: string;
  readonly onWarning?: (message: string) => void;
  /** Ends the wait for a server that does not answer, with its reason; by default, what interrupts the work around this. */
  readonly signal?: AbortSignal;
}

const LOG_LINES = 5;

/**
 * Looks at a queue on a Redis server, from any machine.
 *
 * @throws {WorkflowError} `invalid-address`, `missing-package`; or the signal's reason
 * @example
 * const { running, waiting, workers } = await queueStatus('redis://127.0.0.1:6379', { queue: 'sums' });
 * console.log(`${running.length} running, ${waiting} waiting; ${workers} workers`); // 0 running, 2 waiting; 1 workers
 */
export async function queueStatus(
  url: string,
  { queue: name = DEFAULT_QUEUE, onWarning = () => {}, signal: given }: QueueStatusOptions = {},
): Promise<QueueStatus> {
  const signal = interruption(given);
  const connection = await connectRedis(url, onWarning, signal);
  const { Queue } = await import('bullmq');
  const queue = new Queue(name, { connection });
  queue.on('error', () => {});
  try {
    const jobs = await queue.getActive();
    const running = await Promise.all(jobs.map((job) => runningJob(job, queue)));
    const counts = await queue.getJobCounts('waiting', 'prioritized', 'delayed');
    const failed = (await queue.getFailed()).map(({ name: title, failedReason: reason }) => ({
      title,
      reason,
    }));
    const left = running.flatMap(({ progress, seconds }) =>
      progress && progress.completed > 0
        ? [(seconds * (progress.total - progress.completed)) / progress.completed]
        : [],
    );
    return {
      running,
      waiting: Object.values(counts).reduce((sum, count) => sum + count, 0),
      failed,
      workers: await queue.getWorkersCount(),
      ...(left.length > 0 && { expectedSeconds: Math.max(...left) }),
    };
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    await queue.close();
    connection.disconnect();
  }
}

async function runningJob(
  job: Job,
  queue: { getJobLogs(id: string): Promise<{ readonly logs: string[] }> },
): Promise<QueueStatus['running'][number]> {
  const report = (typeof job.progress === 'object' ? job.progress : {}) as JobReport;
  const { progress } = report;
  const { logs } = await queue.getJobLogs(job.id ?? '');
  return {
    title: job.name,
    ...(progress && { progress }),
    seconds: secondsAtWork(report, job.processedOn),
    log: logs.slice(-LOG_LINES),
  };
}
