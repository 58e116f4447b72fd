import fs, { readdir, rm, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { numbers, stages, sum } from '../test/stages.js';
import { scratchFolder, silence } from '../test/workshop.js';
import { directoryStore } from './directory-store.js';
import { performStage } from './perform-stage.js';
import type { StageKind } from './stage-kind.js';
import { type StageOrder, stageOrder } from './stage-order.js';
import type { StageRegistry } from './stage-registry.js';
import { type StageSpec, stageSpec } from './stage-spec.js';
import type { StageRecord } from './stage-store.js';

/** Makes paths ones that cannot be removed, as on NFS while a program has them open. */
function keep(paths: RegExp): void {
  const { rm } = fs;
  vi.spyOn(fs, 'rm').mockImplementation(async (path, options) => {
    if (paths.test(String(path))) throw Object.assign(new Error('EBUSY: busy'), { code: 'EBUSY' });
    await rm(path, options);
  });
  syncBuiltinESMExports();
}
function release(): void {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
}
afterEach(release);

const scratch = scratchFolder();
const context = { signal: new AbortController().signal, progress: () => {}, log: () => {} };
const values = stageSpec(numbers, { values: [1, 2, 3] }, {});
const total = stageSpec(sum, {}, { first: values });

const perform = (
  stage: StageSpec,
  change: Partial<StageOrder> = {},
  registry: StageRegistry = stages,
): Promise<StageRecord> => {
  const store = directoryStore(scratch.path);
  const order = { ...stageOrder(stage, store, `the ${stage.kind.name}`), ...change };
  return performStage(JSON.parse(JSON.stringify(order)) as StageOrder, store, registry, context);
};

describe('an order that cannot be trusted is refused:', () => {
  test.each<[string, Partial<StageOrder>, RegExp]>([
    ['an unknown kind', { kind: 'product' }, /unknown kind of stage "product"\. Known kinds: numbers, sum/],
    [
      'other settings than those of the key',
      { settings: { values: [4] } },
      /the key of "the numbers" does not match/,
    ],
    ['a path out of the store', { folder: '../elsewhere' }, /"\.\.\/elsewhere" is not the name of a folder/],
    ['a path within the store', { folder: 'a/b' }, /"a\/b" is not the name of a folder/],
    ['what the store keeps for itself', { folder: '.work' }, /"\.work" is not the name of a folder/],
    ['the store itself', { folder: '..' }, /"\.\." is not the name of a folder/],
  ])('%s', async (_what, change, message) => {
    await expect(perform(values, change)).rejects.toMatchObject({
      code: 'invalid-order',
      message: expect.stringMatching(message),
    });
  });

  test('a kind that means something else here', async () => {
    const newer: StageKind = { ...numbers, version: '2' } as StageKind;
    await expect(perform(values, {}, { kinds: [newer] })).rejects.toThrow(/another version of "numbers"/);
  });
});

test('a stage whose inputs are not finished is refused', async () => {
  await expect(perform(total)).rejects.toMatchObject({ code: 'inputs-missing' });
  expect(await directoryStore(scratch.path).state(total)).toBe('begun');
});

test('two kinds of one name are refused', async () => {
  await expect(perform(values, {}, { kinds: [numbers, numbers] })).rejects.toMatchObject({
    code: 'invalid-registry',
  });
});

describe('what rests on data that have changed', () => {
  // As if its source had changed between two runs of the same stage.
  const changed: StageRegistry = {
    kinds: [{ ...numbers, fingerprint: () => 'other text' }, sum],
  };
  const other = stageSpec(numbers, { values: [5] }, {});
  // Sums of no numbers of their own: what matters is on what they rest.
  const link: StageKind<{ readonly name: string }, { readonly from: string }> = {
    name: 'link',
    run: async () => null,
  };
  const linked = (name: string): StageSpec => stageSpec(link, { name }, { from: values });
  const both: StageKind<object, { readonly left: string; readonly right: string }> = {
    name: 'both',
    run: async () => null,
  };
  const kinds = [...stages.kinds, link, both];

  test('and on what they were before is refused, and both are named', async () => {
    const [left, right] = [linked('left'), linked('right')];
    await perform(values, {}, { kinds });
    await perform(left, {}, { kinds });
    const store = directoryStore(scratch.path);
    await rm(store.directory(values), { recursive: true });
    await perform(values, {}, changed);
    await perform(right, {}, { kinds });
    const refused = perform(stageSpec(both, {}, { left, right }), {}, { kinds });
    await expect(refused).rejects.toMatchObject({
      code: 'inputs-changed',
      message: expect.stringContaining(`${store.directory(left)} and ${store.directory(right)}`),
    });
  });

  test('runs when all of it rests on the same, and on other data beside', async () => {
    const [left, right] = [linked('left'), linked('right')];
    for (const stage of [values, left, right, other]) await perform(stage, {}, { kinds });
    const record = await perform(stageSpec(both, {}, { left, right: other }), {}, { kinds });
    expect(record.fingerprints).toEqual({ [values.key]: '1,2,3', [other.key]: '5' });
    await perform(stageSpec(both, {}, { left, right }), {}, { kinds });
  });
});

test('work that fails because its stage was taken over is no failure of the stage', async () => {
  const store = directoryStore(scratch.path);
  const taken: StageKind<object, object, null> = {
    name: 'taken',
    async run(_settings, _inputs, { directory }) {
      await silence(directory);
      await store.begin(stageOrder(stageSpec(taken, {}, {}), store, 'taken'));
      await writeFile(join(directory, 'late.txt'), '');
      return null;
    },
  };
  const lost = perform(stageSpec(taken, {}, {}), {}, { kinds: [taken] });
  await expect(lost).rejects.toMatchObject({ code: 'stage-busy' });
  expect(await store.state(stageSpec(taken, {}, {}))).toBe('running');
});

describe('what cannot be removed', () => {
  const discarding: StageKind<object, object, null> = {
    name: 'discarding',
    async run(_settings, _inputs, { directory }) {
      await writeFile(join(directory, 'checkpoint'), '');
      return null;
    },
  };
  const stage = stageSpec(discarding, {}, {});

  test.each([
    ['checkpoints', /checkpoint$/],
    ['folders of attempts', /\.work.discarding-[^.]*$/],
    ['beats', /\.beat$/],
  ])('does not make a finished stage fail, and is removed later: %s', async (_what, paths) => {
    const store = directoryStore(scratch.path, { discard: ['checkpoint'] });
    keep(paths);
    const order = stageOrder(stage, store, 'discarding');
    await performStage(order, store, { kinds: [discarding] }, context);
    expect(await store.state(stage)).toBe('finished');
    await store.tidy?.();
    expect(await readdir(join(scratch.path, '.work'))).not.toEqual([]);
    release();
    for (const name of await readdir(join(scratch.path, '.work', store.folder(stage)))) {
      const attempt = /^(.*)\.beat$/.exec(name)?.[1];
      if (attempt !== undefined) await silence(join(scratch.path, '.work', store.folder(stage), attempt));
    }
    await store.tidy?.();
    expect(await readdir(store.directory(stage))).toEqual(['stage.json']);
  });

  test('does not hide why a stage failed', async () => {
    const store = directoryStore(scratch.path);
    const failing: StageKind<object, object, null> = {
      name: 'failing',
      run: () => Promise.reject(new Error('no salt')),
    };
    keep(/\.beat$/);
    const order = stageOrder(stageSpec(failing, {}, {}), store, 'failing');
    await expect(performStage(order, store, { kinds: [failing] }, context)).rejects.toThrow('no salt');
  });
});

test('a stage whose inputs are not what was left there is refused', async () => {
  await perform(values);
  const path = join(directoryStore(scratch.path).directory(values), 'numbers.json');
  await writeFile(path, '[1,2,4]');
  await expect(perform(total)).rejects.toMatchObject({ code: 'artifact-damaged' });
});
