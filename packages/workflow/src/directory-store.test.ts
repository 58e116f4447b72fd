import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { numbers, sum } from '../test/stages.js';
import { scratchFolder } from '../test/workshop.js';
import { directoryStore } from './directory-store.js';
import { stageOrder } from './stage-order.js';
import { stageSpec } from './stage-spec.js';
import type { StageRecord, StageStore } from './stage-store.js';

const scratch = scratchFolder();
const values = stageSpec(numbers, { values: [1] }, {});
const total = stageSpec(sum, {}, { first: values }, 'wasm');
const record: StageRecord<{ total: number }> = {
  kind: 'sum',
  key: total.key,
  settings: {},
  needs: { first: values.key },
  backend: 'wasm',
  versions: {},
  seconds: 2,
  result: { total: 1 },
};

test('a stage is open, running while somebody has it, started when they gave it up, and finished once committed', async () => {
  const store: StageStore = directoryStore(scratch.path);
  const order = stageOrder(total, store, 'sum');
  expect(await store.state(total)).toBe('due');
  expect(await store.read(total)).toBeUndefined();

  const first = await store.begin(order);
  expect(await store.state(total)).toBe('running');
  await expect(store.begin(order)).rejects.toMatchObject({ code: 'stage-busy' });
  await first.abandon(1.5);
  await first.release();
  expect(await store.state(total)).toBe('begun');

  const second = await store.begin(order);
  expect(second.earlierSeconds).toBe(1.5);
  expect(second.inputs).toEqual({ first: directoryStore(scratch.path).directory(values) });
  await second.commit(record);
  await second.release();
  expect(await store.state(total)).toBe('finished');
  expect((await store.read(total))?.result.total).toBe(1);
  expect(await readdir(second.directory)).toEqual(['stage.json']);
});

test('a process that has lost a stage cannot commit it', async () => {
  const store = directoryStore(scratch.path);
  const attempt = await store.begin(stageOrder(total, store, 'sum'));
  await writeFile(join(attempt.directory, 'stage.lock'), JSON.stringify({ token: 'of another process' }));
  await expect(attempt.commit(record)).rejects.toMatchObject({ code: 'stage-busy' });
  await attempt.release();
  expect(await readdir(attempt.directory)).toEqual(['stage.lock']);
});

test('a stage that cannot be started is given back', async () => {
  const store = directoryStore(scratch.path);
  const attempts = join(store.directory(total), 'attempts.json');
  await mkdir(store.directory(total));
  await writeFile(attempts, '{');
  await expect(store.begin(stageOrder(total, store, 'sum'))).rejects.toMatchObject({ path: attempts });
  expect(await store.state(total)).toBe('begun');
});

test('a finished stage keeps nothing that only serves to resume it', async () => {
  const store = directoryStore(scratch.path, { discard: ['checkpoints'] });
  const attempt = await store.begin(stageOrder(total, store, 'sum'));
  await mkdir(join(attempt.directory, 'checkpoints', 'step-1'), { recursive: true });
  await writeFile(join(attempt.directory, 'model.json'), '{}');
  await attempt.commit(record);
  await attempt.release();
  expect(await readdir(attempt.directory)).toEqual(['model.json', 'stage.json']);
});

test('a folder that holds another stage, or a damaged record, is named', async () => {
  const store = directoryStore(scratch.path, { folder: ({ kind }) => kind.name });
  const write = (content: string): Promise<void> =>
    writeFile(join(scratch.path, 'sum', 'stage.json'), content);
  await mkdir(join(scratch.path, 'sum'));
  await write(JSON.stringify({ ...record, key: 'another' }));
  await expect(store.read(total)).rejects.toMatchObject({
    code: 'stage-mismatch',
    message: `@ais/workflow: ${join(scratch.path, 'sum')} holds the stage "sum" made with other settings. Use the settings of that run, or choose another output folder.`,
  });
  await write('{"kind":');
  await expect(store.read(total)).rejects.toMatchObject({
    code: 'damaged-file',
    path: join(scratch.path, 'sum', 'stage.json'),
  });
});

test('lists what is finished, and passes over everything else', async () => {
  const store = directoryStore(scratch.path);
  const attempt = await store.begin(stageOrder(total, store, 'sum'));
  await attempt.commit(record);
  await attempt.release();
  await mkdir(store.directory(values));
  await writeFile(join(scratch.path, 'README.md'), '');
  const found: StageRecord[] = [];
  for await (const one of store.records()) found.push(one);
  expect(found).toEqual([record]);
  for await (const one of directoryStore(join(scratch.path, 'nowhere')).records()) found.push(one);
  expect(found).toHaveLength(1);
});
