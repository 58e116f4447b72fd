import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startRedis } from '@ais/redis';
import { directoryStore, runStages, type StageSpec, stageOrder, stageSpec } from '@ais/workflow';
import { queueExecutor } from '@ais/workflow/bullmq';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { type BenchmarkContext, type ResultHeader, resultHeader } from '../measurement/context.js';
import { withTemporaryFolder } from '../measurement/temporary-folder.js';
import { withSides } from '../measurement/with-sides.js';
import { waiting } from '../queue-stages.js';
import type { PlanningAnswer, PlanningSettings } from '../sides/planning-side.js';
import type { SideFacts } from '../sides/side.js';

export interface QueueBenchmarkSettings {
  /** Jobs on the queue that have nothing to do. */
  readonly jobs: number;
  /** Worker processes that drain them, and jobs at work in each at once. */
  readonly workers: number;
  readonly slots: number;
  /** Jobs that take some seconds, one after another on one worker. */
  readonly longJobs: number;
  readonly longSeconds: number;
  /** Stages of the plans. */
  readonly stages: number;
}

export interface QueueResult extends ResultHeader {
  readonly settings: QueueBenchmarkSettings;
  /** From the start of the workers until the queue is empty. */
  readonly drainSeconds: number;
  readonly jobsPerSecond: number;
  /** Of a job beyond its own seconds: from its place on the queue until its result is in the store and known. */
  readonly overheadSeconds: number;
  /** That in terms of the job's seconds. */
  readonly overhead: number;
  readonly plans: Readonly<Record<PlanningSettings['shape'], PlanningAnswer>>;
}

/** What `--json` prints. */
export interface QueueSummary {
  readonly jobsPerSecond: number;
  readonly overhead: number;
  readonly planSeconds: number;
  readonly planMemoryBytes: number;
}

const QUEUE = 'bench';
/** Jobs that are given to the queue at once. */
const BATCH = 500;

/** How fast a queue is drained of jobs that have nothing to do, what it adds to long ones, and how large plans are built. */
export async function measureQueue(
  settings: QueueBenchmarkSettings,
  context: BenchmarkContext,
): Promise<QueueResult> {
  const plans = {
    study: await planned(settings.stages, 'study', context),
    chain: await planned(settings.stages, 'chain', context),
  };
  const redis = await startRedis({ flush: 'everysec' });
  try {
    const drainSeconds = await withTemporaryFolder((folder) => drain(settings, redis.url, folder, context));
    const jobsPerSecond = settings.jobs / drainSeconds;
    context.onProgress(`${settings.jobs} jobs in ${drainSeconds.toFixed(1)} s`);
    const { longJobs, longSeconds } = settings;
    const seconds = await withTemporaryFolder((folder) => longRun(settings, redis.url, folder, context));
    const overheadSeconds = seconds / longJobs - longSeconds;
    return {
      ...resultHeader([{ versions: versions() }], 1),
      settings,
      drainSeconds,
      jobsPerSecond,
      overheadSeconds,
      overhead: overheadSeconds / longSeconds,
      plans,
    };
  } finally {
    await redis.stop();
  }
}

export function summarizeQueue({ jobsPerSecond, overhead, plans }: QueueResult): QueueSummary {
  const measured = Object.values(plans);
  return {
    jobsPerSecond,
    overhead,
    planSeconds: Math.max(...measured.map(({ seconds }) => seconds)),
    planMemoryBytes: Math.max(...measured.map(({ peakMemoryBytes }) => peakMemoryBytes)),
  };
}

/** A plan, built in a process of its own. */
async function planned(
  stages: number,
  shape: PlanningSettings['shape'],
  context: BenchmarkContext,
): Promise<PlanningAnswer> {
  const program = { side: 'planning' as const, settings: { stages, shape } };
  return withSides<SideFacts, PlanningAnswer, PlanningAnswer>(
    context,
    new Map([['planning', program]]),
    async (sides) => {
      const answer = await sides.get('planning')?.measure();
      if (!answer) throw new Error('There is no side that plans.');
      context.onProgress(`a ${shape} of ${answer.stages} stages in ${answer.seconds.toFixed(1)} s`);
      return answer;
    },
  );
}

/** Workers for as long as some work takes. */
function withWorkers<T>(
  { count, processes }: { readonly count: number; readonly processes: number },
  place: { readonly url: string; readonly store: string },
  context: BenchmarkContext,
  work: () => Promise<T>,
): Promise<T> {
  const settings = { ...place, queue: QUEUE, processes };
  const programs = Array.from({ length: count }, (_, number) => {
    const program = { side: 'queue-worker' as const, settings };
    return [`worker ${number + 1}`, program] as const;
  });
  return withSides<SideFacts, object, T>(context, new Map(programs), async (sides) => {
    for (const side of sides.values()) await side.measure();
    return work();
  });
}

/** Seconds until a queue of stages is empty that are finished: workers look each up in the store, and have nothing to do. */
async function drain(
  { jobs, workers, slots }: QueueBenchmarkSettings,
  url: string,
  folder: string,
  context: BenchmarkContext,
): Promise<number> {
  const store = directoryStore(folder);
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue(QUEUE, { connection });
  try {
    const stages = Array.from({ length: jobs }, (_, number) =>
      stageSpec(waiting, { seconds: 0, number }, {}),
    );
    for (let from = 0; from < jobs; from += BATCH) {
      const some = stages.slice(from, from + BATCH);
      await Promise.all(some.map((stage) => finish(stage, store.directory(stage))));
      await queue.addBulk(
        some.map((stage) => {
          const order = stageOrder(stage, store, stage.key);
          return { name: order.title, data: order, opts: { jobId: order.key, removeOnComplete: true } };
        }),
      );
    }
    const place = { url, store: folder };
    const started = performance.now();
    return await withWorkers({ count: workers, processes: slots }, place, context, async () => {
      const isEmpty = async (): Promise<boolean> =>
        Object.values(await queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active')).every(
          (count) => count === 0,
        );
      while (!(await isEmpty())) await delay(20);
      const failed = await queue.getFailedCount();
      if (failed > 0) throw new Error(`${failed} jobs failed.`);
      return (performance.now() - started) / 1000;
    });
  } finally {
    await queue.close();
    connection.disconnect();
  }
}

/** Leaves a stage as if it had been run. */
async function finish({ kind, key, settings }: StageSpec, directory: string): Promise<void> {
  const record = {
    kind: kind.name,
    key,
    settings,
    needs: {},
    versions: {},
    seconds: 0,
    result: {},
    files: {},
  };
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'stage.json'), JSON.stringify(record));
}

/** Seconds of a plan of long jobs, one after another on one worker that waits for them. */
async function longRun(
  { longJobs, longSeconds: seconds }: QueueBenchmarkSettings,
  url: string,
  folder: string,
  context: BenchmarkContext,
): Promise<number> {
  const store = directoryStore(folder);
  const executor = await queueExecutor({ url, queue: QUEUE, store });
  const run = async (count: number, long: number): Promise<number> => {
    const stages = Array.from({ length: count }, (_, number) =>
      stageSpec(waiting, { seconds: long, number }, {}),
    );
    const started = performance.now();
    const { failures } = await runStages(stages, { store, executor });
    for (const { error } of failures) throw error;
    return (performance.now() - started) / 1000;
  };
  try {
    return await withWorkers({ count: 1, processes: 1 }, { url, store: folder }, context, async () => {
      // The first one finds the worker connecting.
      await run(1, 0);
      return run(longJobs, seconds);
    });
  } finally {
    await executor.close?.();
  }
}

function versions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const version = (name: string): string =>
    (require(`${name}/package.json`) as { readonly version: string }).version;
  return { node: process.versions.node, bullmq: version('bullmq'), ioredis: version('ioredis') };
}
