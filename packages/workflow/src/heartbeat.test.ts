import { stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder } from '../test/workshop.js';
import { beginHeartbeat } from './heartbeat.js';

const scratch = scratchFolder();

test('a heart beats while the process is held up', async () => {
  const path = join(scratch.path, 'beat');
  await writeFile(path, '.');
  await utimes(path, new Date(0), new Date(0));
  const end = beginHeartbeat(path);
  const { statSync } = await import('node:fs');
  // As a training step would, this lets nothing else run in this thread until the other one has written.
  while (statSync(path).mtimeMs === 0);
  end();
  expect((await stat(path)).mtimeMs).toBeGreaterThan(0);
});
