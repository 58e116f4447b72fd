import { mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeWheel } from '../../test/make-wheel.js';
import { unpackWheel } from './unpack-wheel.js';

let directory: string;
let wheel: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ais-unpack-'));
  wheel = join(directory, 'a.whl');
  await makeWheel(wheel, {
    'a/lib.so': 'library'.repeat(5000),
    'a/include/b.h': 'header',
    'a/skip.py': 'skip',
  });
});

afterEach(() => rm(directory, { recursive: true }));

it('unpacks what is wanted, under its own path, and nothing else', async () => {
  const seen: number[] = [];
  const target = join(directory, 'out');
  const members = await unpackWheel(wheel, target, (path) => !path.endsWith('.py'), {
    onProgress: (completed, total) => {
      expect(total).toBe(35_006);
      seen.push(completed);
    },
  });
  expect(members).toEqual(['a/lib.so', 'a/include/b.h']);
  expect(await readFile(join(target, 'a/include/b.h'), 'utf8')).toBe('header');
  expect(await readFile(join(target, 'a/lib.so'), 'utf8')).toBe('library'.repeat(5000));
  await expect(readFile(join(target, 'a/skip.py'))).rejects.toThrow('ENOENT');
  expect(seen.at(-1)).toBe(35_006);
});

it('says so if the file is not a wheel, or ends early', async () => {
  const other = join(directory, 'other.whl');
  await writeFile(other, 'not a zip');
  await expect(unpackWheel(other, directory, () => true)).rejects.toMatchObject({ code: 'broken-wheel' });
  await truncate(wheel, 200);
  await expect(unpackWheel(wheel, directory, () => true)).rejects.toMatchObject({ code: 'broken-wheel' });
});

it('says so where a member is damaged', async () => {
  const content = await readFile(wheel);
  content.fill(0xff, 60, 90);
  await writeFile(wheel, content);
  await expect(unpackWheel(wheel, join(directory, 'out'), () => true)).rejects.toMatchObject({
    code: 'broken-wheel',
  });
});

it('says which disk is full', async () => {
  await mkdir(join(directory, 'out/a'), { recursive: true });
  await symlink('/dev/full', join(directory, 'out/a/lib.so'));
  await expect(unpackWheel(wheel, join(directory, 'out'), () => true)).rejects.toMatchObject({
    code: 'disk-full',
  });
});

it('stops when it is told to', async () => {
  const reason = new Error('enough');
  await expect(
    unpackWheel(wheel, join(directory, 'out'), () => true, { signal: AbortSignal.abort(reason) }),
  ).rejects.toBe(reason);
});
