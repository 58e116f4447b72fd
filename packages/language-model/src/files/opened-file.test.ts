import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCompanionFiles } from '../checkpoint/companion-files.js';
import { diskFolder } from './disk.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ais-opened-file-'));
});
afterAll(() => rm(root, { recursive: true }));

// A file with a hole takes no space. Node would end with an assertion.
it('refuses to read three gibibytes beside the weights as a whole', async () => {
  await writeFile(join(root, 'tokenizer.json'), '{');
  await truncate(join(root, 'tokenizer.json'), 3 * 2 ** 30);
  await expect(readCompanionFiles(diskFolder(root))).rejects.toMatchObject({
    code: 'checkpoint-unreadable',
    message: expect.stringMatching(
      /tokenizer\.json: it is too large .* at most 268435456 bytes, found 3221225472/,
    ),
  });
});
