import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openToAppend } from './open-to-append.js';

it('appends to a file, and follows no link', async () => {
  const root = await mkdtemp(join(tmpdir(), 'ais-append-'));
  const path = join(root, 'log');
  for (const line of ['a', 'b']) {
    const file = await openToAppend(path);
    await file.appendFile(line);
    await file.close();
  }
  expect(await readFile(path, 'utf8')).toBe('ab');
  await writeFile(join(root, 'precious'), 'mine');
  await symlink(join(root, 'precious'), join(root, 'link'));
  await expect(openToAppend(join(root, 'link'))).rejects.toMatchObject({ code: 'ELOOP' });
  expect(await readFile(join(root, 'precious'), 'utf8')).toBe('mine');
  await rm(root, { recursive: true });
});
