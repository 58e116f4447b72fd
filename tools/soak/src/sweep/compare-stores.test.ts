import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DirectoryStore, directoryStore, localExecutor, runStages, stageSpec } from '@ais/workflow';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compareStores } from './compare-stores.js';
import { stages as registry } from './sweep-stages.js';

const [pairs] = registry.kinds;
const stages = [1, 2, 3].map((seed) => stageSpec(pairs!, { seed }, {}));
let root: string;
let store: DirectoryStore;
let expected: DirectoryStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ais-compare-'));
  [store, expected] = [directoryStore(join(root, 'store')), directoryStore(join(root, 'expected'))];
  for (const each of [store, expected]) {
    await runStages(stages, { store: each, executor: localExecutor({ store: each, registry }) });
  }
});
afterEach(() => rm(root, { recursive: true }));

const place = (index: number): string => store.directory(stages[index]!);

test('two stores with the same results do not differ', async () => {
  expect(await compareStores(stages, store, expected)).toEqual({ lost: 0, duplicated: 0, different: 0 });
});

test('a result that is missing is lost, and so is one whose bytes have changed', async () => {
  await rm(place(0), { recursive: true });
  await writeFile(join(place(1), 'pairs.json'), '[]');
  expect(await compareStores(stages, store, expected)).toEqual({ lost: 2, duplicated: 0, different: 0 });
});

test('a second result of a stage is counted wherever it is', async () => {
  await cp(place(0), join(store.root, 'pairs-again'), { recursive: true });
  await cp(place(0), join(store.root, '.work', 'pairs', '1-0'), { recursive: true });
  expect(await compareStores(stages, store, expected)).toEqual({ lost: 0, duplicated: 2, different: 0 });
});

test('a stage that leaves other results, or other files, on each run is different', async () => {
  const order = (index: number) => {
    const { key, settings } = stages[index]!;
    return { kind: 'pairs', key, folder: store.folder(stages[index]!), settings, needs: {}, title: 'pairs' };
  };
  for (const [index, result] of [{ pairs: 31 }, { pairs: 30 }].entries()) {
    await rm(place(index), { recursive: true });
    const attempt = await store.begin(order(index));
    await writeFile(join(attempt.directory, 'pairs.json'), `[${index}]`);
    const { kind, key, settings, needs } = order(index);
    await attempt.commit({ kind, key, settings, needs, versions: {}, seconds: 1, result });
    await attempt.release();
  }
  expect(await compareStores(stages, store, expected)).toEqual({ lost: 0, duplicated: 0, different: 2 });
});
