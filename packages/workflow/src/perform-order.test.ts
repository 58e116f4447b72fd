import { expect, test } from 'vitest';
import { numbers, sum, wait } from '../test/stages.js';
import { scratchFolder } from '../test/workshop.js';
import { directoryStore } from './directory-store.js';
import { type PerformOrderOptions, performOrder } from './perform-order.js';
import type { StageKind } from './stage-kind.js';
import { stageOrder } from './stage-order.js';
import { stageSpec } from './stage-spec.js';

const scratch = scratchFolder();
const told = (log: string[] = []): Omit<PerformOrderOptions, 'store' | 'registry'> => ({
  ...{ signal: new AbortController().signal, progress: () => {}, pause: 1 },
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
  let runs = 0;
  const slow: StageKind<object, object, number> = {
    name: 'slow',
    run: () =>
      new Promise((resolve) => {
        runs += 1;
        finish = () => resolve(1);
      }),
  };
  const order = stageOrder(stageSpec(slow, {}, {}), store, 'slow');
  const registry = { kinds: [slow] };
  const log: string[] = [];
  const first = performOrder(order, { ...told(), store, registry });
  const second = performOrder(order, {
    ...told(),
    ...{ store, registry },
    log: (line) => {
      log.push(line);
      finish();
    },
  });
  await Promise.all([first, second]);
  expect(runs).toBe(1);
  expect(log[0]).toBe('waits: another process works on it');
  expect(await store.read(order)).toMatchObject({ result: 1 });
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
    ...{ store, registry, signal: controller.signal, log: () => controller.abort() },
  });
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
});
