import { PASSWORD, type RedisServer, startRedis } from '@ais/redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { queueExecutor, runQueueWorker } from '../src/bullmq/index.js';
import { type ExecutorFactory, executorChecks } from '../src/testing/executor-checks.js';
import { runSourcesInChildren } from './workshop.js';

let redis: RedisServer;
let queues = 0;
const said: string[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
beforeEach(runSourcesInChildren);
afterEach(() => vi.unstubAllEnvs());

/** A queue of its own with a worker of its own, which ends with the executor. */
const create: ExecutorFactory = async ({ store, module, slots }) => {
  queues += 1;
  const [queue, url] = [`test-${queues}`, redis.url];
  const controller = new AbortController();
  const executor = await queueExecutor({ url, queue, store, onWarning: (line) => said.push(line) });
  const worker = runQueueWorker({
    url,
    queue,
    store,
    module,
    processes: slots,
    signal: controller.signal,
    onEvent: (line) => said.push(line),
  });
  return {
    run: (plan, context) => executor.run(plan, context),
    async close() {
      controller.abort();
      await worker;
      await executor.close?.();
    },
  };
};

describe('an executor that runs stages on the workers of a queue', () => {
  test.each(executorChecks(create))('$name', ({ run }) => run());

  test('says nothing of the password', () => {
    expect(said.length).toBeGreaterThan(0);
    expect(
      said.filter((line) => line.includes(PASSWORD) || line.includes(encodeURIComponent(PASSWORD))),
    ).toEqual([]);
  });
});
