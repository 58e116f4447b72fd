import { expect, test } from 'vitest';
import { numbers, sum, wait } from '../test/stages.js';
import { scratchFolder } from '../test/workshop.js';
import { directoryStore } from './directory-store.js';
import { type PerformOrderOptions, performOrder } from './perform-order.js';
import type { StageKind } from './stage-kind.js';
import { stageOrder } from './stage-order.js';
import { stageSpec } from './stage-spec.js';

const WAITS = 'waits: another process works on it';

const scratch = scratchFolder();
const told = (log: string[] = []): Omit<PerformOrderOptions, 'store' | 'registry'> => ({
  signal: new AbortController().signal,
  progress: () => {},
  pause: 1,
  log: (line) => log.push(line),
});

test('a stage that is finished ends at once, even where its kind is unknown', async () => {
  const store = directoryStore(scratch.path);
  const order = stageOrder(stageSpec(numbers, { values: [1, 2] }, {}), store, 'numbers');
  await performOrder(order, { ...told(), store, registry: { kinds: [numbers] } });
  const log: string[] = [];
  await performOrder(order, { ...told(log), store, registry: { kinds: [] } });
  expect(log).toEqual(['is finished']);
});

test('waits for whoever works on its stage, and then finds it finished', async () => {
  const store = directoryStore(scratch.path);
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let runs = 0;
  const slow: StageKind<object, object, number> = {
    name: 'slow',
    run: async () => {
      runs += 1;
      await finished;
      return 1;
    },
  };
  const order = stageOrder(stageSpec(slow, {}, {}), store, 'slow');
  const registry = { kinds: [slow] };
  const log: string[] = [];
  // Either of the two may be the first.
  const perform = (): Promise<void> =>
    performOrder(order, {
      ...told(),
      store,
      registry,
      log: (line) => {
        log.push(line);
        if (line === WAITS) finish();
      },
    });
  await Promise.all([perform(), perform()]);
  expect(runs).toBe(1);
  expect(log).toContain(WAITS);
  expect(await store.read(order)).toMatchObject({ result: 1 });
});

test('waits no longer when it is told to stop, and says why', async () => {
  const store = directoryStore(scratch.path);
  const order = stageOrder(stageSpec(numbers, { values: [1] }, {}), store, 'numbers');
  const attempt = await store.begin(order);
  const controller = new AbortController();
  const reason = new Error('enough');
  const waiting = performOrder(order, {
    ...told(),
    store,
    registry: { kinds: [numbers] },
    signal: controller.signal,
    pause: 60_000,
    log: () => setImmediate(() => controller.abort(reason)),
  });
  await expect(waiting).rejects.toBe(reason);
  await attempt.release();
});

test('a stage whose needs are not finished fails, and so does one that is stopped', async () => {
  const store = directoryStore(scratch.path);
  const registry = { kinds: [numbers, sum, wait] };
  const of = stageSpec(sum, {}, { first: stageSpec(numbers, { values: [1] }, {}) });
  await expect(
    performOrder(stageOrder(of, store, 'sum'), { ...told(), store, registry }),
  ).rejects.toMatchObject({ code: 'inputs-missing' });
  const controller = new AbortController();
  const stopped = performOrder(stageOrder(stageSpec(wait, {}, {}), store, 'wait'), {
    ...told(),
    store,
    registry,
    signal: controller.signal,
    log: () => controller.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
});
