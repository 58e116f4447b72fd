import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { takeLock } from '@ais/runtime/files';
import { describe, expect, test } from 'vitest';
import { numbers, sum } from '../test/stages.js';
import { scratchFolder, silence } from '../test/workshop.js';
import { type DirectoryStore, directoryStore } from './directory-store.js';
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
  await second.commit(record);
  await second.release();
  expect(await store.state(total)).toBe('finished');
  expect((await store.read(total))?.result.total).toBe(1);
  expect(await readdir(scratch.path)).toEqual(['.work', store.folder(total)]);
  expect(await readdir(join(scratch.path, '.work'))).toEqual([]);
  expect(await readdir(directoryStore(scratch.path).directory(total))).toEqual(['stage.json']);
});

test('what a process left that was killed once its stage was finished is removed, and nothing of one at work', async () => {
  const store = directoryStore(scratch.path);
  const work = join(scratch.path, '.work');
  const name = store.folder(total);
  const attempt = await store.begin(stageOrder(total, store, 'sum'));
  await attempt.commit(record);
  await store.tidy?.();
  expect(await readdir(work)).toContain(name);
  await attempt.release();

  await mkdir(join(work, name, '1-0'), { recursive: true });
  await writeFile(join(work, `${name}.lock`), '{"tok');
  const due = await store.begin(stageOrder(values, store, 'numbers'));
  await store.tidy?.();
  expect(await readdir(work)).toEqual([store.folder(values)]);
  await due.release();
});

describe('a process that has been silent for half a minute', () => {
  const order = (store: DirectoryStore) => stageOrder(total, store, 'sum');

  test('has lost its stage: another one resumes, and what the first still writes goes nowhere', async () => {
    const [here, there] = [directoryStore(scratch.path), directoryStore(scratch.path)];
    const frozen = await here.begin(order(here));
    await writeFile(join(frozen.directory, 'numbers.txt'), 'one\n');
    await silence(frozen.directory);
    expect(await there.state(total)).toBe('begun');

    const other = await there.begin(order(there));
    expect(other.directory).not.toBe(frozen.directory);
    expect(await readFile(join(other.directory, 'numbers.txt'), 'utf8')).toBe('one\n');
    await expect(writeFile(join(frozen.directory, 'numbers.txt'), 'two\n')).rejects.toMatchObject({
      code: 'ENOENT',
    });
    await expect(frozen.commit(record)).rejects.toMatchObject({ code: 'stage-busy' });
    await expect(frozen.abandon(9)).rejects.toMatchObject({ code: 'stage-busy' });
    await frozen.release();
    expect(await there.state(total)).toBe('running');
    await other.commit(record);
    await other.release();
    expect(await readFile(join(there.directory(total), 'numbers.txt'), 'utf8')).toBe('one\n');
  });

  test('cannot finish it with a folder of its own, neither before another one has nor afterwards', async () => {
    const store = directoryStore(scratch.path);
    const frozen = await store.begin(order(store));
    await silence(frozen.directory);
    const other = await store.begin(order(store));
    await mkdir(frozen.directory);
    await writeFile(join(frozen.directory, 'theirs.txt'), '');
    await expect(frozen.commit(record)).rejects.toMatchObject({ code: 'stage-busy' });
    await writeFile(join(other.directory, 'ours.txt'), '');
    await other.commit(record);
    await other.release();
    await mkdir(frozen.directory, { recursive: true });
    await expect(frozen.commit(record)).rejects.toMatchObject({ code: 'stage-busy' });
    await frozen.release();
    expect(await readdir(store.directory(total))).toEqual(['ours.txt', 'stage.json']);
    await store.verify(total);
  });

  test('finishes nothing even if nobody watches: a finished folder is not replaced', async () => {
    const store = directoryStore(scratch.path);
    const attempt = await store.begin(order(store));
    await mkdir(store.directory(total));
    await writeFile(join(store.directory(total), 'stage.json'), JSON.stringify(record));
    await expect(attempt.commit(record)).rejects.toMatchObject({
      code: 'stage-busy',
      message: expect.stringContaining('has been finished by another process'),
    });
    await attempt.release();
    expect(await store.state(total)).toBe('finished');
  });
});

test.runIf(process.platform === 'linux')(
  'a process that may be on another machine, made from the same image, keeps its stage while it is heard of',
  async () => {
    const store = directoryStore(scratch.path);
    const order = stageOrder(total, store, 'sum');
    const attempt = await store.begin(order);
    const path = join(attempt.directory, '..', 'attempt.json');
    const note = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...note, holder: { ...note.holder, started: 'another boot 1' } }));
    expect(await store.state(total)).toBe('running');
    await expect(store.begin(order)).rejects.toMatchObject({ code: 'stage-busy' });
    await silence(attempt.directory);
    const next = await store.begin(order);
    await attempt.release();
    await next.release();
  },
);

test('what was left is found though whoever took it over ended before it could note that', async () => {
  const store = directoryStore(scratch.path);
  const order = stageOrder(total, store, 'sum');
  const first = await store.begin(order);
  await writeFile(join(first.directory, 'checkpoint'), 'step 900');
  await first.abandon(1);
  await first.release();
  await rename(first.directory, join(first.directory, '..', '2-deadbeef'));
  const second = await store.begin(order);
  expect(await readFile(join(second.directory, 'checkpoint'), 'utf8')).toBe('step 900');
  await second.release();
});

test('a stage is finished without what a commit before, or a writer that was killed, has left', async () => {
  const store = directoryStore(scratch.path);
  const order = stageOrder(total, store, 'sum');
  const first = await store.begin(order);
  await writeFile(join(first.directory, 'stage.json'), '{}');
  await writeFile(join(first.directory, '.weights.tmp-77-0011223344556677'), 'half');
  await first.release();
  const second = await store.begin(order);
  await second.commit(record);
  await second.release();
  expect(await readdir(store.directory(total))).toEqual(['stage.json']);
  await store.verify(total);
  // As earlier versions wrote it.
  const kept = JSON.stringify({ ...record, files: { 'stage.json': '0'.repeat(64) } });
  await writeFile(join(store.directory(total), 'stage.json'), kept);
  await store.verify(total);
});

test('a stage that cannot be started is given back', async () => {
  const store = directoryStore(scratch.path);
  const note = join(scratch.path, '.work', store.folder(total), 'attempt.json');
  await mkdir(join(note, '..'), { recursive: true });
  await writeFile(note, '{');
  await expect(store.begin(stageOrder(total, store, 'sum'))).rejects.toMatchObject({ path: note });
  expect(await readdir(join(note, '..'))).toEqual(['attempt.json']);
});

test('a note and a record that are none are refused, and lead to no other folder', async () => {
  const store = directoryStore(scratch.path);
  const note = join(scratch.path, '.work', store.folder(total), 'attempt.json');
  const other = join(scratch.path, 'other');
  await mkdir(join(note, '..'), { recursive: true });
  await mkdir(other);
  const holder = { process: 1, host: 'elsewhere', started: 1 };
  for (const attempt of [null, [], { token: 1, name: '../../other', seconds: 1, holder }]) {
    await writeFile(note, JSON.stringify(attempt));
    await expect(store.state(total)).rejects.toMatchObject({ code: 'damaged-file', path: note });
    await expect(store.begin(stageOrder(total, store, 'sum'))).rejects.toMatchObject({ path: note });
  }
  expect(await readdir(scratch.path)).toContain('other');

  await mkdir(store.directory(total));
  for (const record of [null, [1], { kind: { toString: 1 }, key: 'a' }]) {
    await writeFile(join(store.directory(total), 'stage.json'), JSON.stringify(record));
    await expect(store.read(total)).rejects.toMatchObject({ code: 'damaged-file' });
  }
});

test('an attempt of a version that worked in the stage folder itself is resumed', async () => {
  const store = directoryStore(scratch.path);
  const folder = store.directory(total);
  await mkdir(folder);
  await writeFile(join(folder, 'partial.json'), '{}');
  const release = await takeLock(join(folder, 'stage.lock'));
  expect(await store.state(total)).toBe('running');
  await expect(store.begin(stageOrder(total, store, 'sum'))).rejects.toMatchObject({ code: 'stage-busy' });
  await release();
  expect(await store.state(total)).toBe('begun');
  const attempt = await store.begin(stageOrder(total, store, 'sum'));
  expect(await readdir(attempt.directory)).toEqual(['partial.json']);
  await attempt.commit(record);
  await attempt.release();
  expect(await readdir(folder)).toEqual(['partial.json', 'stage.json']);
});

describe('the files of a finished stage', () => {
  async function finished(store: DirectoryStore): Promise<string> {
    const attempt = await store.begin(stageOrder(total, store, 'sum'));
    await mkdir(join(attempt.directory, 'model'));
    await writeFile(join(attempt.directory, 'model', 'weights'), 'abc');
    await attempt.commit(record);
    await attempt.release();
    return join(store.directory(total), 'model', 'weights');
  }

  test('are known by their hashes, and opened if they are what the stage left', async () => {
    const store = directoryStore(scratch.path);
    await finished(store);
    // printf abc | sha256sum
    expect(await store.read(total)).toEqual({
      ...record,
      files: {
        'model/weights': 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      },
    });
    expect(await store.open(total)).toBe(store.directory(total));
  });

  test('are refused if one is missing or different', async () => {
    const store = directoryStore(scratch.path);
    const path = await finished(store);
    await writeFile(path, 'abd');
    await expect(store.open(total)).rejects.toMatchObject({
      code: 'artifact-damaged',
      message: `@ais/workflow: ${path} is not what its stage left: its SHA-256 differs. Remove ${store.directory(total)} and run again: the stage is then computed again.`,
    });
    await rm(path);
    await expect(store.open(total)).rejects.toMatchObject({ message: expect.stringContaining('is missing') });
  });

  test.skipIf(process.platform === 'win32')('are not behind links', async () => {
    const store = directoryStore(scratch.path);
    const attempt = await store.begin(stageOrder(total, store, 'sum'));
    await symlink('/etc/hostname', join(attempt.directory, 'link'));
    await expect(attempt.commit(record)).rejects.toMatchObject({ code: 'stage-failed' });
    await attempt.release();
    await rm(join(scratch.path, '.work'), { recursive: true });
    const path = await finished(store);
    await writeFile(join(scratch.path, 'elsewhere'), 'abc');
    await rm(path);
    await symlink(join(scratch.path, 'elsewhere'), path);
    await expect(store.open(total)).rejects.toMatchObject({ code: 'artifact-damaged' });
  });

  test('are not there before it is finished', async () => {
    await expect(directoryStore(scratch.path).open(total)).rejects.toMatchObject({ code: 'inputs-missing' });
  });
});

test('a finished stage keeps nothing that only serves to resume it', async () => {
  const store = directoryStore(scratch.path, { discard: ['checkpoints'] });
  const attempt = await store.begin(stageOrder(total, store, 'sum'));
  await mkdir(join(attempt.directory, 'checkpoints', 'step-1'), { recursive: true });
  await writeFile(join(attempt.directory, 'model.json'), '{}');
  await attempt.commit(record);
  await attempt.release();
  expect(await readdir(store.directory(total))).toEqual(['model.json', 'stage.json']);
});

test('what serves to resume a stage stays until the stage is finished, and goes even if the process is killed then', async () => {
  const store = directoryStore(scratch.path, { discard: ['checkpoints'] });
  const attempt = await store.begin(stageOrder(total, store, 'sum'));
  const resumesFrom = join(attempt.directory, 'checkpoints', 'step-1');
  await mkdir(resumesFrom, { recursive: true });
  const target = store.directory(total);
  await mkdir(join(target, 'other'), { recursive: true });
  await expect(attempt.commit(record)).rejects.toMatchObject({ code: 'stage-busy' });
  expect(existsSync(resumesFrom)).toBe(true);
  await rm(target, { recursive: true });

  await attempt.commit(record);
  // A process that is killed between the two has neither removed that nor given the stage back.
  await mkdir(join(target, 'checkpoints', 'step-1'), { recursive: true });
  await store.tidy?.();
  expect(await readdir(target)).toContain('checkpoints');
  await silence(attempt.directory);
  await store.tidy?.();
  expect(await readdir(target)).toEqual(['stage.json']);
  await attempt.release();
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
  expect(found).toEqual([{ ...record, files: {} }]);
  for await (const one of directoryStore(join(scratch.path, 'nowhere')).records()) found.push(one);
  expect(found).toHaveLength(1);
});
