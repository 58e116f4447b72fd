import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { asOnlyWriter } from './lock.js';
import { temporaryPath } from './temporary-path.js';
import { makeWhole, makeWholeFolder, removeLeftovers, removeWhole, writeWhole } from './whole.js';

let directory: string;

beforeEach(async () => {
  directory = await fs.mkdtemp(join(tmpdir(), 'ais-whole-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await fs.rm(directory, { recursive: true });
});

/** What was flushed and renamed, in order: the base names of paths, with temporary ones as `~name`. */
async function watchDisk(): Promise<string[]> {
  const seen: string[] = [];
  const shown = (path: string): string => basename(path).replace(/^\.(.+)\.tmp-.*$/, '~$1');
  const paths = new WeakMap<object, string>();
  const { open, rename } = fs;
  vi.spyOn(fs, 'open').mockImplementation(async (path, ...rest) => {
    const file = await open(path, ...rest);
    paths.set(file, String(path));
    return file;
  });
  const probe = await open(directory);
  vi.spyOn(Object.getPrototypeOf(probe), 'sync').mockImplementation(async function (this: object) {
    seen.push(`flush ${shown(paths.get(this) ?? '?')}`);
  });
  await probe.close();
  vi.spyOn(fs, 'rename').mockImplementation(async (from, to) => {
    seen.push(`rename ${shown(String(from))} to ${shown(String(to))}`);
    await rename(from, to);
  });
  return seen;
}

describe('writeWhole', () => {
  it('writes text and bytes, makes folders, and replaces what was there', async () => {
    const path = join(directory, 'a/b/file.txt');
    await writeWhole(path, 'text');
    expect(await fs.readFile(path, 'utf8')).toBe('text');
    await writeWhole(path, Uint8Array.of(1, 2, 3));
    expect([...(await fs.readFile(path))]).toEqual([1, 2, 3]);
    expect(await fs.readdir(join(directory, 'a/b'))).toEqual(['file.txt']);
  });

  it('flushes the file before it gets its name, and the folder after that', async () => {
    const seen = await watchDisk();
    await writeWhole(join(directory, 'file'), 'text');
    expect(seen).toEqual(['flush ~file', 'rename ~file to file', `flush ${basename(directory)}`]);
  });

  it('lets writers of one file come one after the other, never mixed', async () => {
    const path = join(directory, 'file');
    const contents = Array.from({ length: 8 }, (_, index) => String(index).repeat(200_000));
    await Promise.all(contents.map((content) => writeWhole(path, content)));
    expect(contents).toContain(await fs.readFile(path, 'utf8'));
    expect(await fs.readdir(directory)).toEqual(['file']);
  });
});

describe('makeWhole', () => {
  it('returns what the maker returns', async () => {
    expect(await makeWhole(join(directory, 'x'), async (path) => fs.writeFile(path, 'x').then(() => 7))).toBe(
      7,
    );
  });

  it('leaves what was there, and nothing else, if the maker fails', async () => {
    const path = join(directory, 'file');
    await writeWhole(path, 'before');
    const reason = new Error('enough');
    const made = makeWhole(path, async (temporary) => {
      await fs.writeFile(temporary, 'half');
      throw reason;
    });
    await expect(made).rejects.toBe(reason);
    expect(await fs.readFile(path, 'utf8')).toBe('before');
    expect(await fs.readdir(directory)).toEqual(['file']);
  });

  it.runIf(process.platform === 'linux')('says which disk is full, and leaves nothing', async () => {
    const path = join(directory, 'file');
    const made = makeWhole(path, async (temporary) => {
      await fs.symlink('/dev/full', temporary);
      await fs.writeFile(temporary, 'x');
    });
    await expect(made).rejects.toMatchObject({ name: 'FileError', code: 'disk-full', path });
    expect(await fs.readdir(directory)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')(
    'replaces no pipe or device, which take text as it is',
    async () => {
      const pipe = join(directory, 'pipe');
      execFileSync('mkfifo', [pipe]);
      await expect(makeWhole(pipe, (temporary) => fs.writeFile(temporary, 'x'))).rejects.toMatchObject({
        code: 'not-writable',
        message: expect.stringMatching(/pipe is a device or a pipe/),
      });
      const read = fs.readFile(pipe, 'utf8');
      await asOnlyWriter(pipe, () => writeWhole(pipe, 'text'));
      expect(await read).toBe('text');
      expect((await fs.lstat(pipe)).isFIFO()).toBe(true);
      expect(await fs.readdir(directory)).toEqual(['pipe']);
      if (process.platform !== 'linux') return;
      await expect(writeWhole('/dev/full', 'x')).rejects.toMatchObject({ code: 'disk-full' });
    },
  );

  it('says what is in the way', async () => {
    const file = join(directory, 'file');
    await fs.writeFile(file, '');
    await expect(writeWhole(join(file, 'below'), 'x')).rejects.toMatchObject({
      code: 'not-writable',
      message: expect.stringContaining(file),
    });
    const folder = join(directory, 'folder');
    await fs.mkdir(folder);
    await expect(writeWhole(folder, 'x')).rejects.toMatchObject({ code: 'not-writable', path: folder });
    expect((await fs.readdir(directory)).sort()).toEqual(['file', 'folder']);
  });
});

describe('makeWholeFolder', () => {
  const fill = async (folder: string): Promise<void> => {
    await fs.writeFile(join(folder, 'one'), '1');
    await fs.mkdir(join(folder, 'below'));
    await fs.writeFile(join(folder, 'below/two'), '2');
  };

  it('flushes every file and folder in it before it gets its name', async () => {
    const seen = await watchDisk();
    await makeWholeFolder(join(directory, 'made'), fill);
    expect(await fs.readFile(join(directory, 'made/below/two'), 'utf8')).toBe('2');
    expect(seen.slice(0, 4).sort()).toEqual(['flush below', 'flush one', 'flush two', 'flush ~made']);
    expect(seen.indexOf('flush two')).toBeLessThan(seen.indexOf('flush below'));
    expect(seen.slice(3)).toEqual(['flush ~made', 'rename ~made to made', `flush ${basename(directory)}`]);
  });

  it('replaces no folder that holds something', async () => {
    const path = join(directory, 'made');
    await makeWholeFolder(path, fill);
    await expect(makeWholeFolder(path, async () => {})).rejects.toMatchObject({ code: 'not-writable' });
    expect((await fs.readdir(path)).sort()).toEqual(['below', 'one']);
    expect(await fs.readdir(directory)).toEqual(['made']);
  });
});

it('removes a folder that has lost its name first, and is content with none', async () => {
  await fs.mkdir(join(directory, 'below'));
  await fs.writeFile(join(directory, 'below/file'), '');
  const seen = await watchDisk();
  vi.spyOn(fs, 'rm').mockRejectedValueOnce(new Error('killed'));
  await expect(removeWhole(join(directory, 'below'))).rejects.toThrow('killed');
  expect(seen).toEqual(['rename below to ~below']);
  await removeLeftovers(directory);
  await removeWhole(join(directory, 'below'));
  expect(await fs.readdir(directory)).toEqual([]);
});

it('removes what killed writers left, and nothing else', async () => {
  await fs.writeFile(temporaryPath(join(directory, 'file')), 'half');
  await fs.mkdir(temporaryPath(join(directory, 'folder')));
  await fs.mkdir(join(directory, 'below'));
  await fs.writeFile(temporaryPath(join(directory, 'below/file')), 'half');
  await fs.writeFile(join(directory, '.hidden'), '');
  await fs.writeFile(join(directory, 'file.tmp-1-0123abcd'), '');
  await removeLeftovers(directory);
  expect((await fs.readdir(directory)).sort()).toEqual(['.hidden', 'below', 'file.tmp-1-0123abcd']);
  expect(await fs.readdir(join(directory, 'below'))).toEqual([]);
});

it('removes what a process left that was killed while it wrote there, and nothing of one that lives or is elsewhere', async () => {
  const child = spawn(process.execPath, ['--eval', '']);
  await once(child, 'exit');
  const own = temporaryPath(join(directory, 'report.html'));
  const abandoned = own.replace(`tmp-${process.pid}-`, `tmp-${child.pid}-`);
  const elsewhere = abandoned.replace(/-[0-9a-f]{8}(?=[0-9a-f]+$)/, '-00000000');
  for (const path of [own, elsewhere]) await fs.writeFile(path, 'half');
  await fs.mkdir(abandoned);
  await fs.writeFile(join(abandoned, 'part'), 'half');
  await writeWhole(join(directory, 'notes.txt'), 'whole');
  expect((await fs.readdir(directory)).sort()).toEqual(
    [own, elsewhere, 'notes.txt'].map((path) => basename(path)).sort(),
  );
});
