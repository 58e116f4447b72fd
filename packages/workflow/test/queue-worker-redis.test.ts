import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { PASSWORD, type RedisServer, startRedis } from '@ais/redis';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type QueueWorkerOptions, queueExecutor, queueStatus, runQueueWorker } from '../src/bullmq/index.js';
import { directoryStore } from '../src/directory-store.js';
import { type RunStagesOptions, runStages } from '../src/run-stages.js';
import { stageOrder } from '../src/stage-order.js';
import { type StageSpec, stageSpec } from '../src/stage-spec.js';
import type { StageStore } from '../src/stage-store.js';
import { end, fill, numbers, sum } from './stages.js';
import { runSourcesInChildren, scratchFolder, stagesModule } from './workshop.js';

const scratch = scratchFolder();
let redis: RedisServer;
let queue = '';
let queues = 0;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(() => {
  runSourcesInChildren();
  queues += 1;
  queue = `test-${queues}`;
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const values = stageSpec(numbers, { values: [1, 2, 3] }, {});
const add = (settings: Parameters<typeof sum.run>[0] = {}) => stageSpec(sum, settings, { first: values });

async function run(
  targets: readonly StageSpec[],
  {
    onWarning,
    read,
    ...options
  }: Partial<RunStagesOptions> & {
    readonly onWarning?: (line: string) => void;
    readonly read?: StageStore;
  } = {},
) {
  const store = directoryStore(scratch.path);
  const executor = await queueExecutor({
    url: redis.url,
    queue,
    store: read ?? store,
    pause: 20,
    ...(onWarning && { onWarning }),
  });
  closing.push(async () => executor.close?.());
  return runStages(targets, { store, executor, ...options });
}

/** A worker in this process. */
function work(options: Pick<Partial<QueueWorkerOptions>, 'admit' | 'pause' | 'rateLimit' | 'store'> = {}) {
  const controller = new AbortController();
  const events: string[] = [];
  const over = runQueueWorker({
    url: redis.url,
    queue,
    store: directoryStore(scratch.path),
    module: stagesModule,
    signal: controller.signal,
    onEvent: (line: string) => events.push(line),
    lockDuration: 2_000,
    ...options,
  });
  const stop = async (): Promise<void> => {
    controller.abort();
    await over;
  };
  closing.push(stop);
  return { events, stop };
}

/** A worker that is a process of its own. */
function workElsewhere(): ChildProcess {
  const program = fileURLToPath(new URL('./worker-program.ts', import.meta.url));
  const child = spawn(process.execPath, [program, redis.url, queue, scratch.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closing.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

/** The result of each stage, which is finished once, with the files that it left. */
async function expectFinished(targets: readonly StageSpec<typeof sum>[]): Promise<void> {
  const store = directoryStore(scratch.path);
  for (const stage of targets) {
    await store.verify(stage);
    expect((await store.read(stage))?.result).toEqual({ total: 6 });
  }
  const folders = (await readdir(scratch.path)).filter((name) => name.startsWith('sum-'));
  expect(folders.sort()).toEqual(targets.map((stage) => store.folder(stage)).sort());
}

describe('a worker', () => {
  test('that is killed loses its job to another one, which resumes it', async () => {
    const targets = [add({ pauseAt: 2 })];
    const first = workElsewhere();
    let begun = (): void => {};
    const atWork = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const outcome = run(targets, {
      progress: ({ completed }) => {
        if (completed === 2) begun();
      },
    });
    await atWork;
    first.kill('SIGKILL');
    work();
    expect((await outcome).failures).toEqual([]);
    await expectFinished(targets);
    const path = join(directoryStore(scratch.path).directory(targets[0] as StageSpec), 'runs.txt');
    expect(await readFile(path, 'utf8')).toBe('run\nrun\n');
  });

  test.skipIf(process.platform === 'win32')(
    'that is frozen past its lock, and continued, changes nothing',
    async () => {
      const targets = [add({ seed: 1 }), add({ seed: 2 })];
      const frozen = workElsewhere();
      const outcome = run(targets, {
        log: (line, { kind }) => {
          if (line === 'begins' && kind.name === 'sum') frozen.kill('SIGSTOP');
        },
      });
      await vi.waitFor(
        async () => expect((await queueStatus(redis.url, { queue })).running).not.toEqual([]),
        {
          timeout: 60_000,
        },
      );
      work();
      expect((await outcome).failures).toEqual([]);
      frozen.kill('SIGCONT');
      frozen.kill('SIGTERM');
      await once(frozen, 'exit');
      await expectFinished(targets);
    },
  );

  test('that is told to stop lets its stage stop where it can resume, and hands the job back', async () => {
    const targets = [add({ pauseAt: 1 })];
    const first = work();
    let begun = (): void => {};
    const atWork = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const outcome = run(targets, { progress: ({ completed }) => completed === 1 && begun() });
    await atWork;
    await first.stop();
    expect(await directoryStore(scratch.path).state(add({ pauseAt: 1 }))).toBe('begun');
    expect(await queueStatus(redis.url, { queue })).toMatchObject({ running: [], waiting: 1, failed: [] });
    work();
    expect((await outcome).failures).toEqual([]);
    await expectFinished(targets);
  });

  test('finishes what was queued before Redis was killed and started again', async () => {
    const targets = [add({ seed: 1 }), add({ seed: 2 }), add({ seed: 3 })];
    work();
    let restarted: Promise<void> | undefined;
    const outcome = await run(targets, {
      onDone: () => {
        restarted ??= redis.restart();
      },
    });
    await restarted;
    expect(outcome.failures).toEqual([]);
    await expectFinished(targets);
  });

  test('tries a process that died again, with a growing pause, and then gives the job up with the reason', async () => {
    const dying = stageSpec(end, { code: 3 }, {});
    const { events } = work();
    const { failures } = await run([dying]);
    expect(failures).toMatchObject([{ error: { code: 'stage-failed' } }]);
    expect(events.filter((line) => line === 'end: begins')).toHaveLength(3);
    expect((await queueStatus(redis.url, { queue })).failed).toEqual([
      {
        title: 'end',
        reason: '@ais/workflow: the process that worked on "end" ended unexpectedly, with exit code 3.',
      },
    ]);
  });

  test('waits while the disk is full, and says so', async () => {
    const { events } = work({ pause: 10 });
    const filling = stageSpec(fill, {}, {});
    const warnings: string[] = [];
    const { failures } = await run([filling], { onWarning: (line) => warnings.push(line) });
    expect(failures).toEqual([]);
    expect(await directoryStore(scratch.path).state(filling)).toBe('finished');
    expect(warnings).toEqual([
      expect.stringMatching(/^fill: .* disk of the store is full\. .* tried every 0\.1 s\.$/),
    ]);
    expect(events).toContain(warnings[0]);
  });

  test('and the one who gave the plan wait for a store that is away', async () => {
    const store = directoryStore(scratch.path);
    let answers = 0;
    const away = async <T>(answer: () => Promise<T>): Promise<T> => {
      answers += 1;
      if (answers % 2 === 1) throw Object.assign(new Error('ESTALE: stale file handle'), { code: 'ESTALE' });
      return answer();
    };
    const flaky: StageStore = {
      ...store,
      read: ((stage: StageSpec) => away(() => store.read(stage))) as StageStore['read'],
    };
    const { events } = work({ pause: 10, store: flaky });
    const warnings: string[] = [];
    const { failures } = await run([values], {
      onWarning: (line) => warnings.push(line),
      read: flaky,
    });
    expect(failures).toEqual([]);
    expect(await store.state(values)).toBe('finished');
    expect([...events, ...warnings]).toContainEqual(
      expect.stringMatching(/^numbers: ESTALE.* tried every 0\.\d+ s\.$/),
    );
  });

  test('runs nothing that it does not admit', async () => {
    work({
      admit: () => {
        throw new Error('not here');
      },
    });
    const { failures } = await run([values]);
    expect(failures).toMatchObject([{ error: { message: 'not here' } }]);
    expect(await readdir(scratch.path)).toEqual([]);
  });

  test.each<[string, (order: ReturnType<typeof stageOrder>) => unknown, RegExp]>([
    ['no order', () => 'rm -rf /', /is not the order/],
    [
      'an order that leads out of the store',
      (order) => ({ ...order, folder: '../out' }),
      /is not the order of a stage: folder/,
    ],
    [
      'an order for the store itself',
      (order) => ({ ...order, folder: '.work' }),
      /is not the order of a stage: folder/,
    ],
    [
      'inputs that lead out',
      (order) => ({ ...order, needs: { first: { key: order.key, folder: '/etc' } } }),
      /needs/,
    ],
    ['a module to load', (order) => ({ ...order, module: 'data:text/javascript,0' }), /is not the order/],
    ['other settings than those of its key', (order) => ({ ...order, settings: {} }), /does not match/],
    ['the key of another stage', (order) => ({ ...order, key: add().key }), /not the key of its stage/],
  ])('gives up a job whose payload is %s', async (_what, change, reason) => {
    const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
    const jobs = new Queue(queue, { connection });
    closing.push(async () => {
      await jobs.close();
      connection.disconnect();
    });
    const order = stageOrder(values, directoryStore(scratch.path), 'the numbers');
    const job = await jobs.add('the numbers', change(order), { jobId: order.key });
    work();
    await vi.waitFor(async () => expect(await job.isFailed()).toBe(true), { timeout: 60_000 });
    const { failed } = await queueStatus(redis.url, { queue });
    expect(failed).toEqual([{ title: 'the numbers', reason: expect.stringMatching(reason) }]);
    expect(await readdir(scratch.path)).toEqual([]);
  });
});

test('the status of a queue has what is at work with its progress and log, and what waits', async () => {
  const targets = [add({ pauseAt: 1, seed: 1 }), add({ pauseAt: 1, seed: 2 })];
  const worker = work();
  const controller = new AbortController();
  const outcome = run(targets, { signal: controller.signal });
  await vi.waitFor(
    async () =>
      expect(await queueStatus(redis.url, { queue })).toMatchObject({
        running: [{ title: 'sum', progress: { completed: 1, total: 3 }, log: ['begins', 'adds 3 numbers'] }],
        waiting: 1,
        workers: 1,
        expectedSeconds: expect.any(Number),
      }),
    { timeout: 60_000 },
  );
  controller.abort();
  await outcome;
  expect(await queueStatus(redis.url, { queue })).toMatchObject({ running: [], waiting: 0, failed: [] });
  await worker.stop();
});

describe('a plan that is stopped', () => {
  test.each(['runs out', 'stays'])('ends though its worker was killed, whose lock %s', async (lock) => {
    const ticks: (() => void)[] = [];
    const { setInterval: real } = globalThis;
    vi.spyOn(globalThis, 'setInterval').mockImplementation(((tick: () => void, pause: number) => {
      if (pause !== 5_000) return real(tick, pause);
      ticks.push(tick);
      return undefined;
    }) as typeof setInterval);
    const stage = add({ pauseAt: 2 });
    const worker = workElsewhere();
    const controller = new AbortController();
    let begun = (): void => {};
    const atWork = new Promise<void>((resolve) => {
      begun = resolve;
    });
    let isOver = false;
    const outcome = run([stage], {
      signal: controller.signal,
      progress: ({ completed }) => completed === 2 && begun(),
    }).finally(() => {
      isOver = true;
    });
    await atWork;
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    const [connection, listener] = [new Redis(redis.url), new Redis(redis.url)];
    closing.push(async () => [connection, listener].map((each) => each.disconnect()));
    await listener.subscribe(`ais:${queue}:stop`);
    const told = once(listener, 'message');
    const key = `bull:${queue}:${stage.key}:lock`;
    await connection.set(key, 'another');
    controller.abort();
    await told;
    if (lock === 'runs out') await connection.del(key);
    // One that stays is asked sixty times.
    await vi.waitFor(
      () => {
        for (const tick of ticks) tick();
        expect(isOver).toBe(true);
      },
      { timeout: 60_000 },
    );
    expect((await outcome).done.has(stage.key)).toBe(false);
    const { running } = await queueStatus(redis.url, { queue });
    expect(running).toHaveLength(lock === 'stays' ? 1 : 0);
  });

  test('takes its job back though the worker would put it off', async () => {
    const controller = new AbortController();
    const store = directoryStore(scratch.path);
    const other = await store.begin(stageOrder(values, store, 'numbers'));
    const listener = new Redis(redis.url);
    closing.push(async () => listener.disconnect());
    await listener.subscribe(`ais:${queue}:stop`);
    const told = once(listener, 'message');
    work({
      admit: async () => {
        controller.abort();
        await told;
        // The worker is told at the same time.
        await listener.ping();
      },
    });
    const { done, failures } = await run([values], { signal: controller.signal });
    expect([done.size, failures.length]).toEqual([0, 1]);
    expect(await queueStatus(redis.url, { queue })).toMatchObject({ running: [], waiting: 0, failed: [] });
    await other.release();
  });

  test('ends some seconds after its server has, and so does a worker', async () => {
    const server = await startRedis();
    const controller = new AbortController();
    const store = directoryStore(scratch.path);
    const options = { url: server.url, queue, store };
    const executor = await queueExecutor(options);
    const worker = runQueueWorker({ ...options, module: stagesModule, signal: controller.signal });
    let stopped: Promise<void> | undefined;
    const { done } = await runStages([add({ pauseAt: 1 })], {
      store,
      executor,
      signal: controller.signal,
      progress: ({ completed }) => {
        if (completed === 1) stopped ??= server.stop().then(() => controller.abort());
      },
    });
    await stopped;
    expect(done).toEqual(new Set([values.key]));
    await worker;
    await executor.close?.();
  });
});

test('a plan looks up no more records at once than a process may have files', async () => {
  let atWork = 0;
  let most = 0;
  const store = directoryStore(scratch.path);
  const executor = await queueExecutor({
    url: redis.url,
    queue,
    store: {
      read: (async () => {
        atWork += 1;
        most = Math.max(most, atWork);
        await new Promise(setImmediate);
        atWork -= 1;
        return { kind: 'numbers', key: '', settings: {}, needs: {}, versions: {}, seconds: 1, result: 1 };
      }) as StageStore['read'],
    },
  });
  closing.push(async () => executor.close?.());
  const targets = Array.from({ length: 200 }, (_, value) => stageSpec(numbers, { values: [value] }, {}));
  const { done } = await runStages(targets, { store, executor });
  expect([done.size, most]).toEqual([200, 64]);
});

test('no more jobs start per period than the limit, on all workers together', async () => {
  const rateLimit = { count: 2, milliseconds: 3_600_000 };
  const workers = [work({ rateLimit }), work({ rateLimit })];
  const targets = [1, 2, 3].map((seed) => add({ seed }));
  const controller = new AbortController();
  const outcome = run(targets, { signal: controller.signal });
  const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
  const jobs = new Queue(queue, { connection });
  closing.push(async () => {
    await jobs.close();
    connection.disconnect();
  });
  // The numbers, and one of three sums.
  await vi.waitFor(
    async () => {
      expect(await queueStatus(redis.url, { queue })).toMatchObject({ running: [], waiting: 2 });
      expect(await jobs.getRateLimitTtl(rateLimit.count)).toBeGreaterThan(0);
    },
    { timeout: 60_000 },
  );
  controller.abort();
  expect((await outcome).done.size).toBe(2);
  const finished = workers.flatMap(({ events }) => events.filter((line) => line.endsWith(': finished')));
  expect(finished.sort()).toEqual(['numbers: finished', 'sum: finished']);
});

describe('with TLS and a password', () => {
  let secured: RedisServer;
  beforeAll(async () => {
    secured = await startRedis({ tls: true });
  });
  afterAll(() => secured.stop());

  test('a plan runs on a worker, both of which trust the certificate, and nothing is said of the password', async () => {
    const program = fileURLToPath(new URL('./tls-program.ts', import.meta.url));
    const child = spawn(process.execPath, [program, queue, scratch.path], {
      env: { ...process.env, AIS_REDIS: secured.url, NODE_EXTRA_CA_CERTS: secured.certificate },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = await once(child, 'exit');
    const [out, err] = await said;
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /the sum: begins\n[\s\S]*the sum: finished\n[\s\S]*"done":2,"failures":0,"workers":1/,
    );
    expect(out).not.toContain(PASSWORD);
    expect(out).not.toContain(encodeURIComponent(PASSWORD));
  });

  test('a certificate that is not trusted, or a wrong password, ends the try, and says how to go on', async () => {
    const untrusted: Error = await queueStatus(secured.url, { queue }).then(
      () => expect.unreachable(),
      (error) => error,
    );
    expect(untrusted).toMatchObject({
      code: 'access-denied',
      message: expect.stringMatching(
        /rediss:\/\/127\.0\.0\.1:\d+ has a certificate that is not trusted .*NODE_EXTRA_CA_CERTS/,
      ),
    });
    const wrong = redis.url.replace(encodeURIComponent(PASSWORD), 'hidden');
    const denied: Error = await queueStatus(wrong, { queue }).then(
      () => expect.unreachable(),
      (error) => error,
    );
    expect(denied).toMatchObject({ code: 'access-denied' });
    for (const error of [untrusted, denied]) {
      expect(`${error.stack} ${JSON.stringify(error)}`).not.toMatch(/hidden|between/);
    }
  });
});
