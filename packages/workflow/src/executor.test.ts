import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { KitchenError, numbers, stages, sum, wait } from '../test/stages.js';
import { runSourcesInChildren, scratchFolder, stagesModule } from '../test/workshop.js';
import { type DirectoryStore, directoryStore } from './directory-store.js';
import { WorkflowError } from './errors.js';
import type { Executor } from './executor.js';
import { localExecutor } from './local-executor.js';
import { performInProcess } from './own-process.js';
import type { StageProgress } from './stage-kind.js';
import { stageOrder } from './stage-order.js';
import { type StageSpec, stageSpec } from './stage-spec.js';

// What holds for every executor, whatever it runs stages on.
describe.each<[string, (store: DirectoryStore) => Executor]>([
  ['in this process', (store) => localExecutor({ store, registry: stages })],
  [
    'in a process of its own',
    (store) => {
      const options = { store, module: stagesModule, environment: process.env };
      return { slots: 2, execute: (order, context) => performInProcess(order, options, context) };
    },
  ],
])('an executor that runs a stage %s', (_name, executorFor) => {
  const scratch = scratchFolder();
  beforeEach(runSourcesInChildren);
  afterEach(() => vi.unstubAllEnvs());

  const values = stageSpec(numbers, { values: [1, 2, 3] }, {});
  const total = stageSpec(sum, {}, { first: values });
  const failing = stageSpec(sum, { failAt: 2 }, { first: values });
  const never = { signal: new AbortController().signal, progress: () => {} };

  function begin(): {
    readonly store: DirectoryStore;
    readonly execute: (stage: StageSpec, context?: Parameters<Executor['execute']>[1]) => Promise<void>;
    readonly file: (stage: StageSpec, name: string) => Promise<string>;
  } {
    const store = directoryStore(scratch.path);
    const executor = executorFor(store);
    return {
      store,
      execute: (stage, context = never) =>
        executor.execute(stageOrder(stage, store, `the ${stage.kind.name}`), context),
      file: (stage, name) => readFile(join(store.directory(stage), name), 'utf8'),
    };
  }

  test('leaves a record of what was done, and reports progress meanwhile', async () => {
    const { store, execute } = begin();
    const progress: StageProgress[] = [];
    await execute(values);
    await execute(total, { ...never, progress: (report) => progress.push(report) });
    expect(await store.read(total)).toEqual({
      kind: 'sum',
      key: total.key,
      settings: {},
      needs: { first: values.key },
      fingerprints: { [values.key]: '1,2,3' },
      versions: { kitchen: '1.0.0' },
      seconds: expect.any(Number),
      result: { total: 6 },
    });
    expect(progress).toEqual([1, 2, 3].map((completed) => ({ task: 'the sum', completed, total: 3 })));
    expect(await store.state(total)).toBe('finished');
  });

  test('runs a finished stage no second time', async () => {
    const { execute, file } = begin();
    await execute(values);
    await execute(total);
    await execute(total);
    expect(await file(total, 'runs.txt')).toBe('run\n');
  });

  test('lets one of two that run the same stage at once do it', async () => {
    const { store, execute, file } = begin();
    await execute(values);
    const outcomes = await Promise.allSettled([execute(total), execute(total)]);
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refused.length).toBeLessThan(2);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'stage-busy' });
    expect((await store.read(total))?.result).toEqual({ total: 6 });
    expect(await file(total, 'runs.txt')).toBe('run\n');
  });

  test('throws what went wrong, told apart as where it was thrown, and resumes the stage afterwards', async () => {
    const { store, execute, file } = begin();
    await execute(values);
    const error = await execute(failing).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KitchenError);
    expect(error).toMatchObject({
      name: 'KitchenError',
      code: 'no-salt',
      exit: 'usage',
      message: '@ais/kitchen: There is no salt. Buy some.',
    });
    expect(await store.state(failing)).toBe('begun');
    expect(JSON.parse(await file(failing, 'partial.json'))).toEqual({ at: 2, total: 3 });
    const { seconds: earlier } = JSON.parse(await file(failing, 'attempts.json'));

    await execute(failing);
    const record = await store.read(failing);
    expect(record?.result).toEqual({ total: 6 });
    expect(record?.seconds).toBeGreaterThan(earlier);
    expect(await store.state(failing)).toBe('finished');
    await expect(file(failing, 'attempts.json')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('refuses a stage that somebody else works on', async () => {
    const { store, execute } = begin();
    await execute(values);
    const attempt = await store.begin(stageOrder(total, store, 'the sum'));
    expect(await store.state(total)).toBe('running');
    const error = await execute(total).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WorkflowError);
    expect(error).toMatchObject({ code: 'stage-busy', message: expect.stringContaining(scratch.path) });
    await attempt.release();
    await execute(total);
  });

  test('tells a stage at work to stop, and waits for it', async () => {
    const { store, execute } = begin();
    const waiting = stageSpec(wait, {}, {});
    const controller = new AbortController();
    const stopped = execute(waiting, { signal: controller.signal, progress: () => controller.abort() });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    expect(await store.state(waiting)).toBe('begun');
  });
});
