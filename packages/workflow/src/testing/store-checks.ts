import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openStore } from '../open-store.js';
import { stageOrder } from '../stage-order.js';
import { type StageSpec, stageSpec } from '../stage-spec.js';
import type { StageAttempt, StageRecord, StageStore } from '../stage-store.js';
import { numbers, sum } from './stages.js';

/** A store under test: empty at first, and told to discard `resume`. */
export interface StoreBench {
  /** Opens it as another machine would: what it gives shares nothing with the others but the store. */
  readonly open: () => StageStore | Promise<StageStore>;
  /** Makes the process that works on a stage look as if it had been silent for so long that it has lost the stage. */
  readonly silence: (folder: string) => void | Promise<void>;
  /** Changes what the store keeps of a file that a finished stage left. */
  readonly damage: (
    folder: string,
    file: { readonly path: string; readonly sha256: string },
  ) => void | Promise<void>;
  readonly close?: () => void | Promise<void>;
}

/** Makes an empty store for a law. */
export type StoreFactory = () => StoreBench | Promise<StoreBench>;

/** One law of stores. */
export interface StoreCheck {
  readonly name: string;
  /** Rejects if the law is broken. */
  readonly run: () => Promise<void>;
}

/**
 * What holds for every store, one check for each law.
 *
 * @example
 * const checks = storeChecks(async () => {
 *   const root = await mkdtemp(join(tmpdir(), 'store-'));
 *   return {
 *     open: () => directoryStore(root, { discard: ['resume'] }),
 *     silence: async (folder) => {
 *       const work = join(root, '.work', folder);
 *       for (const name of await readdir(work)) if (name.endsWith('.beat')) await rm(join(work, name));
 *     },
 *     damage: (folder, { path }) => writeFile(join(root, folder, path), 'other bytes'),
 *   };
 * });
 * for (const { run } of checks) await run();
 * console.log(checks.length > 8); // true
 */
export function storeChecks(create: StoreFactory): StoreCheck[] {
  return Object.entries(laws).map(([name, law]) => ({
    name,
    async run() {
      const bench = await create();
      try {
        await law(bench);
      } finally {
        await bench.close?.();
      }
    },
  }));
}

const values = stageSpec(numbers, { values: [1] }, {});
const total = stageSpec(sum, {}, { first: values }, 'wasm');
const record: StageRecord<{ readonly total: number }> = {
  kind: 'sum',
  key: total.key,
  settings: {},
  needs: { first: values.key },
  backend: 'wasm',
  versions: { kitchen: '1.0.0' },
  seconds: 2,
  result: { total: 1 },
};

const begin = (store: StageStore, stage: StageSpec = total): Promise<StageAttempt> =>
  store.begin(stageOrder(stage, store, stage.kind.name));

async function write({ directory }: StageAttempt, file: string, content: string): Promise<void> {
  const path = join(directory, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

async function text(folder: string, file: string): Promise<string> {
  return readFile(join(folder, file), 'utf8');
}

async function finish(store: StageStore, files: Readonly<Record<string, string>>): Promise<void> {
  const attempt = await begin(store);
  for (const [file, content] of Object.entries(files)) await write(attempt, file, content);
  await attempt.commit(record);
  await attempt.release();
}

const refused =
  (code: string, message = /./) =>
  (error: Error) => {
    assert.equal((error as { readonly code?: string }).code, code, error.message);
    assert.match(error.message, message);
    return true;
  };

const laws: Readonly<Record<string, (bench: StoreBench) => Promise<void>>> = {
  'every machine sees whether a stage is due, running, begun, failed, or finished': async ({ open }) => {
    const [here, there] = [await open(), await open()];
    const states = async (): Promise<string[]> => [await here.state(total), await there.state(total)];
    assert.deepEqual(await states(), ['due', 'due']);
    assert.equal(await there.read(total), undefined);
    await assert.rejects(there.open(total), refused('inputs-missing'));
    await assert.rejects(there.verify(total), refused('inputs-missing'));

    const first = await begin(here);
    assert.deepEqual(await states(), ['running', 'running']);
    await assert.rejects(begin(here), refused('stage-busy'));
    await assert.rejects(begin(there), refused('stage-busy'));
    await first.abandon(1.5);
    await first.release();
    assert.deepEqual(await states(), ['begun', 'begun']);

    const second = await begin(there);
    await second.abandon(2.5, 'no salt');
    await second.release();
    assert.deepEqual(await states(), ['failed', 'failed']);
    assert.equal(await here.failure(total), 'no salt');

    const third = await begin(here);
    assert.deepEqual([third.earlierSeconds, await there.failure(total)], [2.5, undefined]);
    await third.commit(record);
    await third.release();
    assert.deepEqual(await states(), ['finished', 'finished']);
    const { files, ...kept } = { files: undefined, ...(await there.read(total)) };
    assert.deepEqual([kept, files], [record, {}]);
    const all: string[] = [];
    for await (const { key } of there.records()) all.push(key);
    assert.deepEqual(all, [total.key]);
    assert.deepEqual([await there.state(values), await there.read(values)], ['due', undefined]);
  },

  'what an attempt left is there for the next one, on another machine': async ({ open }) => {
    const [here, there] = [await open(), await open()];
    const first = await begin(here);
    await write(first, 'resume/step-1.json', '1');
    await write(first, 'partial.txt', 'one\n');
    await first.abandon(1);
    await first.release();
    const second = await begin(there);
    assert.notEqual(second.directory, first.directory);
    assert.equal(await text(second.directory, 'resume/step-1.json'), '1');
    await write(second, 'partial.txt', 'one\ntwo\n');
    await second.abandon(2);
    await second.release();
    const third = await begin(here);
    assert.equal(await text(third.directory, 'partial.txt'), 'one\ntwo\n');
    await third.commit(record);
    await third.release();
    const folder = await there.open(total);
    assert.equal(await text(folder, 'partial.txt'), 'one\ntwo\n');
    await assert.rejects(text(folder, 'resume/step-1.json'), 'what only serves to resume is removed');
  },

  'the files of a finished stage are opened on every machine, and only those that are wanted': async ({
    open,
  }) => {
    const [here, there] = [await open(), await open()];
    await finish(here, { 'model/weights': 'abc', 'metrics.jsonl': '{}\n', empty: '' });
    for (const store of [here, there]) {
      const some = await store.open(total, (file) => file === 'metrics.jsonl');
      assert.equal(await text(some, 'metrics.jsonl'), '{}\n');
      const all = await store.open({ key: total.key, folder: store.folder(total) });
      assert.equal(await text(all, 'model/weights'), 'abc');
      assert.equal(await text(all, 'empty'), '');
      await store.verify(total);
    }
    // printf abc | sha256sum
    assert.equal(
      ((await there.read(total)) as { readonly files?: Record<string, string> } | undefined)?.files?.[
        'model/weights'
      ],
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  },

  'a file that is not what its stage left is refused': async ({ open, damage }) => {
    const store = await open();
    await finish(store, { 'model/weights': 'abc' });
    const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    await damage(store.folder(total), { path: 'model/weights', sha256 });
    const other = await open();
    await assert.rejects(other.verify(total), refused('artifact-damaged', /weights/));
    await assert.rejects(other.open(total), refused('artifact-damaged', /weights/));
    await other.open(total, (file) => file !== 'model/weights');
  },

  'of many that take a stage at once, one has it': async ({ open }) => {
    const stores = await Promise.all(Array.from({ length: 6 }, () => open()));
    const outcomes = await Promise.allSettled(stores.map((store) => begin(store)));
    const attempts = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    assert.equal(attempts.length, 1);
    for (const each of outcomes) if (each.status === 'rejected') refused('stage-busy')(each.reason);
    for (const attempt of attempts) await attempt.release();
  },

  'a process that was silent has lost its stage: another resumes, and what the first still does goes nowhere':
    async ({ open, silence }) => {
      const [here, there] = [await open(), await open()];
      const frozen = await begin(here);
      await write(frozen, 'numbers.txt', 'one\n');
      await silence(here.folder(total));
      assert.equal(await there.state(total), 'begun');
      const other = await begin(there);
      assert.notEqual(other.directory, frozen.directory);
      await write(other, 'numbers.txt', 'theirs\n');
      await write(frozen, 'numbers.txt', 'late\n').catch(() => {});
      await assert.rejects(frozen.commit(record), refused('stage-busy'));
      await assert.rejects(frozen.abandon(9, 'late'), refused('stage-busy'));
      await frozen.release();
      assert.equal(await there.state(total), 'running');
      await other.commit(record);
      await other.release();
      assert.equal(await text(await here.open(total), 'numbers.txt'), 'theirs\n');
    },

  'a stage that is finished is not finished again': async ({ open, silence }) => {
    const [here, there] = [await open(), await open()];
    const frozen = await begin(here);
    await silence(here.folder(total));
    const other = await begin(there);
    await write(other, 'numbers.txt', 'theirs\n');
    await other.commit(record);
    await other.release();
    await write(frozen, 'numbers.txt', 'late\n').catch(() => {});
    await assert.rejects(frozen.commit({ ...record, seconds: 9 }), refused('stage-busy'));
    await frozen.release();
    const again = await begin(here).catch((error: Error) => refused('stage-busy')(error) && undefined);
    if (again) {
      await assert.rejects(again.commit({ ...record, seconds: 10 }), refused('stage-busy'));
      await again.release();
    }
    assert.equal((await there.read(total))?.seconds, 2);
    assert.equal(await text(await there.open(total), 'numbers.txt'), 'theirs\n');
    await there.verify(total);
  },

  'two that finish a stage at once leave one result, whole': async ({ open, silence }) => {
    const [here, there] = [await open(), await open()];
    const frozen = await begin(here);
    await silence(here.folder(total));
    const other = await begin(there);
    for (const attempt of [frozen, other]) {
      await mkdir(attempt.directory, { recursive: true });
      await write(attempt, 'numbers.txt', 'one\n');
      await write(attempt, 'model/weights', 'abc');
    }
    const outcomes = await Promise.allSettled([frozen, other].map((attempt) => attempt.commit(record)));
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    for (const attempt of [frozen, other]) await attempt.release();
    const reader = await open();
    await reader.verify(total);
    assert.equal(await text(await reader.open(total), 'model/weights'), 'abc');
  },

  'a folder that holds another stage is named': async ({ open }) => {
    const store = await open();
    await finish(store, {});
    const place = { key: values.key, folder: store.folder(total) };
    const message = /holds the stage "sum" made with other settings/;
    await assert.rejects(store.read(place), refused('stage-mismatch', message));
    await assert.rejects(store.open(place), refused('stage-mismatch', message));
  },

  'an order leads neither out of the store nor to what it keeps for itself': async ({ open }) => {
    const store = await open();
    for (const folder of ['../elsewhere', 'a/b', '..', '.work', '', 'a\\b']) {
      await assert.rejects(
        async () => store.begin({ ...stageOrder(total, store, 'sum'), folder }),
        refused('invalid-order'),
      );
    }
  },

  'its address opens it again': async ({ open }) => {
    const store = await open();
    await finish(store, { 'numbers.txt': 'one\n' });
    const again = await openStore(JSON.parse(JSON.stringify(store.address)));
    assert.equal(await again.state(total), 'finished');
    assert.equal(await text(await again.open(total), 'numbers.txt'), 'one\n');
    assert.equal(again.location(total), store.location(total));
  },
};
