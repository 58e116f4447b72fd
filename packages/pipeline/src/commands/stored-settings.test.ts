import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storedSettings, withStoredSettings } from './stored-settings.js';

let folder = '';
let directory = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-stored-'));
  directory = join(folder, 'run');
});
afterEach(() => rm(folder, { recursive: true }));

const settings = { seed: 3 };
const failing = (signal: AbortSignal) =>
  withStoredSettings({ directory, signal }, 'train', settings, async () => {
    await writeFile(join(directory, 'reference-log-probs.json'), '{}');
    throw new Error('the start failed');
  });

describe('withStoredSettings', () => {
  it('keeps the settings while the run has not begun, and leaves them to the run then', async () => {
    const signal = new AbortController().signal;
    await withStoredSettings({ directory, signal }, 'train', settings, async () => {
      expect(await storedSettings(directory, 'train')).toEqual(settings);
      expect(await storedSettings(directory, 'sft')).toBeUndefined();
      await writeFile(join(directory, 'config.json'), '{}');
    });
    expect(await readdir(directory)).toEqual(['config.json']);
  });

  it('leaves nothing behind where the start failed', async () => {
    await expect(failing(new AbortController().signal)).rejects.toThrow('the start failed');
    expect(existsSync(directory)).toBe(false);
  });

  it('leaves what was in the folder before', async () => {
    await mkdir(directory);
    await writeFile(join(directory, 'notes.txt'), 'mine');
    await expect(failing(new AbortController().signal)).rejects.toThrow('the start failed');
    expect(await readdir(directory)).toEqual(['notes.txt']);
  });

  it('leaves what other processes have put there meanwhile: shards of the reference', async () => {
    const shard = 'reference-log-probs.json.shard-1-of-2';
    for (const before of [false, true]) {
      if (before) await mkdir(directory, { recursive: true });
      const failed = withStoredSettings(
        { directory, signal: new AbortController().signal },
        'train',
        settings,
        async () => {
          await writeFile(join(directory, shard), '{}');
          await writeFile(join(directory, 'held-out-reference-log-probs.json.partial'), '{}');
          await mkdir(join(directory, 'checkpoints'));
          throw new Error('the start failed');
        },
      );
      await expect(failed).rejects.toThrow('the start failed');
      expect(await readdir(directory)).toEqual([shard]);
      await rm(directory, { recursive: true });
    }
  });

  it('keeps what an interrupted start has done', async () => {
    await expect(failing(AbortSignal.abort())).rejects.toThrow('the start failed');
    expect(await storedSettings(directory, 'train')).toEqual(settings);
    expect(existsSync(join(directory, 'reference-log-probs.json'))).toBe(true);
  });

  it('keeps what an interrupted start has done, also where resuming it fails', async () => {
    await expect(failing(AbortSignal.abort())).rejects.toThrow('the start failed');
    await expect(failing(new AbortController().signal)).rejects.toThrow('the start failed');
    expect(await storedSettings(directory, 'train')).toEqual(settings);
  });

  it('has no settings that are only inherited, which no list of what settings name would show', async () => {
    await mkdir(directory);
    const notes = '{"api":{"__proto__":{"cache":"../theirs.jsonl"}},"__proto__":{"scorer":"./theirs.mjs"}}';
    await writeFile(
      join(directory, 'settings.json'),
      `{"command":"train","settings":{"api":{}},"notes":${notes}}`,
    );
    const found = (await storedSettings(directory, 'train')) as { scorer?: string; api: { cache?: string } };
    expect(found.api.cache).toBeUndefined();
    expect(found.scorer).toBeUndefined();
  });

  it('keeps a run that fails after it began', async () => {
    const signal = new AbortController().signal;
    const failed = withStoredSettings({ directory, signal }, 'train', settings, async () => {
      await writeFile(join(directory, 'config.json'), '{}');
      throw new Error('step 7 failed');
    });
    await expect(failed).rejects.toThrow('step 7 failed');
    expect(await readdir(directory)).toEqual(['config.json']);
  });
});
