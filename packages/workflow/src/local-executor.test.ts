import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stages, tell } from '../test/stages.js';
import { runSourcesInChildren, scratchFolder, stagesModule } from '../test/workshop.js';
import { queueExecutor } from './bullmq/queue-executor.js';
import { runQueueWorker } from './bullmq/queue-worker.js';
import { directoryStore } from './directory-store.js';
import { localExecutor } from './local-executor.js';
import { performOrder } from './perform-order.js';
import { runStages } from './run-stages.js';
import { writeSbatch } from './slurm/write-sbatch.js';
import { stageOrder } from './stage-order.js';
import { type StageSpec, stageSpec } from './stage-spec.js';
import { threadShare } from './thread-share.js';

const scratch = scratchFolder();
beforeEach(runSourcesInChildren);
afterEach(() => vi.unstubAllEnvs());

const here = stageSpec(tell, {}, {});
const computed = stageSpec(tell, {}, {}, 'cpu');

async function run(targets: readonly StageSpec<typeof tell>[], processes?: number) {
  const store = directoryStore(scratch.path);
  const options = { store, registry: stages, module: stagesModule };
  const executor = localExecutor({ ...options, ...(processes !== undefined && { processes }) });
  const { failures } = await runStages(targets, { store, executor });
  expect(failures).toEqual([]);
  return Promise.all(targets.map(async (stage) => (await store.read(stage))?.result));
}

test('one process is this one', async () => {
  const results = await run([here, computed]);
  expect(results.map((result) => result?.pid)).toEqual([process.pid, process.pid]);
});

test('of several processes each has one stage that computes, and its share of the cores', async () => {
  const [own, other] = await run([here, computed], 2);
  expect(own?.pid).toBe(process.pid);
  expect(other?.pid).not.toBe(process.pid);
  expect(other?.threads).toBe(threadShare(2)['TF_NUM_INTRAOP_THREADS']);
});

test('several processes need a module to get the stages from', () => {
  const store = directoryStore(scratch.path);
  expect(() => localExecutor({ store, registry: stages, processes: 2 })).toThrow(
    /Give its URL as `module`\./,
  );
});

test.each([Number.NaN, 0.5, 0, -1])(
  'no plan is run by %s processes, nor any other number that is none',
  async (value) => {
    const refused = (name: string, least = 1): unknown =>
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringContaining(`${name} must be an integer ≥ ${least}, got ${value}.`),
      });
    const store = directoryStore(scratch.path);
    const { signal } = new AbortController();
    const queue = { url: 'redis://127.0.0.1:1', store, module: stagesModule, signal };
    expect(() => localExecutor({ store, registry: stages, module: stagesModule, processes: value })).toThrow(
      refused('processes'),
    );
    for (const [name, options] of Object.entries({
      processes: { processes: value },
      'rateLimit.count': { rateLimit: { count: value, milliseconds: 1000 } },
      'rateLimit.milliseconds': { rateLimit: { count: 1, milliseconds: value } },
      lockDuration: { lockDuration: value },
    })) {
      await expect(runQueueWorker({ ...queue, ...options }), name).rejects.toThrow(refused(name));
    }
    const sbatch = {
      directory: scratch.path,
      title: 'none',
      workingDirectory: scratch.path,
      stage: ['true'],
    };
    await expect(writeSbatch([], { ...sbatch, limit: value })).rejects.toThrow(refused('limit'));
    if (value === 0) return;
    const { log, progress } = { log: () => {}, progress: () => {} };
    const order = stageOrder(here, store, 'here');
    await expect(runQueueWorker({ ...queue, pause: value })).rejects.toThrow(refused('pause', 0));
    await expect(queueExecutor({ ...queue, pause: value })).rejects.toThrow(refused('pause', 0));
    await expect(
      performOrder(order, { store, registry: stages, signal, log, progress, pause: value }),
    ).rejects.toThrow(refused('pause', 0));
  },
);
