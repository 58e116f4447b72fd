import { execFileSync } from 'node:child_process';
import { mkdtempSync, statfsSync } from 'node:fs';
import { readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { linearStage } from '../../test/linear-stage.js';
import { newestCheckpoint } from '../run/checkpoint.js';
import { runTraining } from './training-loop.js';
import type { TrainingOptions, TrainingResult } from './training-options.js';

/** A file system of 160 KiB of its own, where the process may mount one. */
function mountSmallDisk(): string | undefined {
  const path = mkdtempSync(join(tmpdir(), 'ais-small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160k', 'tmpfs', path], { stdio: 'ignore' });
    return path;
  } catch {
    return undefined;
  }
}

const disk = process.platform === 'linux' && process.getuid?.() === 0 ? mountSmallDisk() : undefined;

describe.skipIf(disk === undefined)('on a disk that is really full', () => {
  const root = disk ?? '';
  const directory = join(root, 'run');
  const filler = join(root, 'filler');
  afterEach(async () => {
    for (const name of await readdir(root)) await rm(join(root, name), { recursive: true });
  });
  afterAll(async () => {
    execFileSync('umount', [root]);
    await rmdir(root);
  });

  async function run(options: Partial<TrainingOptions> = {}): Promise<TrainingResult> {
    const stage = linearStage();
    try {
      return await runTraining(stage, {
        directory,
        seed: 1,
        steps: 12,
        batchSize: 5,
        learningRate: 0.01,
        checkpointEvery: 3,
        ...options,
      });
    } finally {
      stage.dispose();
    }
  }

  it('leaves a whole checkpoint, wherever the space runs out, and resumes when there is space again', async () => {
    const unbroken = await run();
    const failures: string[] = [];
    for (let pages = 0; pages <= 14; pages++) {
      await rm(directory, { recursive: true });
      // The disk fills up after the second checkpoint: `pages` blocks are left for what follows.
      let left = 0;
      const failing = run({
        callbacks: [
          {
            checkpoint: ({ step }) => {
              if (step !== 6) return;
              const { bavail, bsize } = statfsSync(root);
              left = bavail - pages;
              execFileSync('dd', ['if=/dev/zero', `of=${filler}`, `bs=${bsize}`, `count=${left}`], {
                stdio: 'ignore',
              });
            },
          },
        ],
      });
      const outcome = await failing.then(
        () => 'finished',
        (error: { code?: string }) => error.code ?? String(error),
      );
      failures.push(outcome);
      expect(['finished', 'disk-full']).toContain(outcome);
      const newest = await newestCheckpoint(join(directory, 'checkpoints'), (message) =>
        expect.fail(message),
      );
      expect(newest?.step).toBeGreaterThanOrEqual(6);
      await rm(filler);
      const resumed = await run({ resume: true });
      expect(resumed.metrics['loss']).toBe(unbroken.metrics['loss']);
    }
    expect(failures.filter((outcome) => outcome === 'disk-full').length).toBeGreaterThan(3);
  });

  it('says so when not even the run directory can be made', async () => {
    await writeFile(filler, Buffer.alloc(160 * 1024 - 4096));
    await expect(run()).rejects.toMatchObject({ code: 'disk-full' });
  });
});
