import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from './safetensors.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-safetensors-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('reads what was written, up to the largest float32 numbers', async () => {
  const values = Float32Array.of(3.4e38, 3.4e38, -3.4e38, 0);
  await writeSafetensors(join(folder, 'a.safetensors'), new Map([['moment', { shape: [2, 2], values }]]));
  const read = await readSafetensors(join(folder, 'a.safetensors'));
  expect(read).toEqual(new Map([['moment', { shape: [2, 2], values }]]));
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  'refuses %s in what a run resumes from: moments, adapters, a moving reference',
  async (wrong) => {
    const file = join(folder, 'optimizer.safetensors');
    const values = Float32Array.of(1, 2, wrong);
    await writeSafetensors(file, new Map([['exp_avg/weight', { shape: [3], values }]]));
    await expect(readSafetensors(file)).rejects.toMatchObject({
      code: 'not-finite-weights',
      file,
      tensor: 'exp_avg/weight',
      found: `${wrong} at 2`,
    });
  },
);
