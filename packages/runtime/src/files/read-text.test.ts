import { execFileSync, spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readJson } from './json-files.js';
import { readText } from './read-text.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ais-read-text-'));
});
afterAll(() => rm(root, { recursive: true }));

it('reads a file, an empty one too, and up to its limit', async () => {
  const path = join(root, 'text');
  await writeFile(path, 'süß');
  expect(await readText(path)).toBe('süß');
  expect(await readText(path, 5)).toBe('süß');
  await expect(readText(path, 4)).rejects.toMatchObject({ name: 'FileError', code: 'too-large', path });
  await writeFile(path, '');
  expect(await readText(path)).toBe('');
  await expect(readText(join(root, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
});

// A file with a hole takes no space. Node would end with an assertion.
it('refuses three gibibytes at once', async () => {
  const path = join(root, 'large.json');
  await writeFile(path, '{');
  await truncate(path, 3 * 2 ** 30);
  const message = expect.stringMatching(/large\.json has more than 256 MiB/);
  await expect(readText(path)).rejects.toMatchObject({ code: 'too-large', message });
  await expect(readJson(path)).rejects.toMatchObject({ code: 'too-large' });
});

it.skipIf(process.platform === 'win32')('reads pipes, and not without end', async () => {
  const path = join(root, 'pipe');
  execFileSync('mkfifo', [path]);
  const read = readText(path);
  createWriteStream(path).end('a'.repeat(200_000));
  expect(await read).toBe('a'.repeat(200_000));
  if (!existsSync('/dev/zero')) return;
  const endless = spawn('sh', ['-c', 'exec cat /dev/zero > "$1"', 'sh', path]);
  await expect(readText(path, 1_000_000)).rejects.toMatchObject({ code: 'too-large' });
  endless.kill();
});
