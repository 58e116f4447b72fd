import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checkpointName,
  isWhole,
  newestCheckpoint,
  removeOldCheckpoints,
  writeCheckpoint,
} from './checkpoint.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ais-checkpoint-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const fill = (content: string) => async (directory: string) => {
  await writeFile(join(directory, 'weights'), content);
  await writeFile(join(directory, 'state.json'), JSON.stringify({ content }));
  await mkdir(join(directory, 'adapter'));
  await writeFile(join(directory, 'adapter', 'weights'), content);
};
const unwarned = (message: string): never => {
  throw new Error(message);
};

describe('checkpoints', () => {
  it('are found newest first, and the last k stay', async () => {
    expect(await newestCheckpoint(join(root, 'missing'), unwarned)).toBeUndefined();
    for (const step of [9, 10, 100]) await writeCheckpoint(root, checkpointName(step), fill(`at ${step}`));
    expect(await newestCheckpoint(root, unwarned)).toMatchObject({ step: 100 });
    await removeOldCheckpoints(root, 2);
    expect((await readdir(root)).sort()).toEqual(['step-10', 'step-100']);
  });

  it('detects every flipped byte of every file, the manifest included', async () => {
    const directory = await writeCheckpoint(root, checkpointName(2), fill('second'));
    let flips = 0;
    for (const name of ['manifest.json', 'state.json', 'weights', 'adapter/weights']) {
      const path = join(directory, name);
      const whole = await readFile(path);
      for (let index = 0; index < whole.length; index++) {
        const flipped = Buffer.from(whole);
        flipped[index] = (flipped[index] ?? 0) ^ (1 << (index % 8));
        await writeFile(path, flipped);
        expect(await isWhole(directory)).toBe(false);
        flips += 1;
      }
      await writeFile(path, whole);
      expect(await isWhole(directory)).toBe(true);
    }
    expect(flips).toBeGreaterThan(200);
  });

  it('notices a file that is missing or cut short', async () => {
    for (const damage of [
      (directory: string) => rm(join(directory, 'weights')),
      (directory: string) => writeFile(join(directory, 'weights'), 'sec'),
      (directory: string) => rm(join(directory, 'adapter', 'weights')),
      (directory: string) => rm(join(directory, 'manifest.json')),
    ]) {
      await writeCheckpoint(root, checkpointName(1), fill('first')).catch(() => {});
      await damage(await writeCheckpoint(root, checkpointName(2), fill('second')));
      expect((await newestCheckpoint(root, () => {}))?.step).toBe(1);
    }
  });

  it('is whole beside files of others: notes, and what file managers leave', async () => {
    const directory = await writeCheckpoint(root, checkpointName(2), fill('second'));
    for (const other of ['.DS_Store', 'notes.txt', join('adapter', 'Thumbs.db')]) {
      await writeFile(join(directory, other), other);
    }
    expect(await isWhole(directory)).toBe(true);
    expect(await newestCheckpoint(root, unwarned)).toMatchObject({ step: 2 });
  });

  it('is an error where none is whole, however often one asks', async () => {
    const directory = await writeCheckpoint(root, checkpointName(3), fill('x'));
    await writeFile(join(directory, 'weights'), 'y');
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(newestCheckpoint(root, unwarned)).rejects.toMatchObject({ code: 'damaged-run-directory' });
    }
  });

  it.each([
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['EACCES', 'not-writable'],
    ['EROFS', 'not-writable'],
  ])('leaves nothing of a checkpoint that failed with %s', async (code, expected) => {
    await writeCheckpoint(root, checkpointName(1), fill('first'));
    const failing = writeCheckpoint(root, checkpointName(2), async (directory) => {
      await fill('second')(directory);
      throw Object.assign(new Error(code), { code, syscall: 'write' });
    });
    await expect(failing).rejects.toMatchObject({ code: expected });
    expect(await readdir(root)).toEqual(['step-1']);
    expect((await newestCheckpoint(root, unwarned))?.step).toBe(1);
  });
});
