import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keptSamples } from './kept-samples.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-kept-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('hands the samples of a batch to its later updates, and to no other batch', () => {
  const kept = keptSamples<string>(3);
  expect(kept.at(0)).toBeUndefined();
  kept.keep(0, 'first');
  expect([kept.at(1), kept.at(2)]).toEqual(['first', 'first']);
  // The first update of a batch draws its own; a later one of another batch was never drawn for.
  expect([kept.at(0), kept.at(3), kept.at(4)]).toEqual([undefined, undefined, undefined]);
  kept.keep(3, 'second');
  expect([kept.at(2), kept.at(4)]).toEqual([undefined, 'second']);
});

it('keeps nothing if each update has samples of its own', async () => {
  const kept = keptSamples<string>(1);
  kept.keep(0, 'own');
  expect([kept.at(0), kept.at(1)]).toEqual([undefined, undefined]);
  await kept.save(folder);
  expect(await readdir(folder)).toEqual([]);
});

it('writes and reads float32 bit for bit, and forgets where there is nothing to read', async () => {
  const numbers = [...Float32Array.of(-1 / 3, 1e-30, -123.456)];
  const kept = keptSamples<number[]>(2);
  kept.keep(4, numbers);
  await kept.save(folder);
  const resumed = keptSamples<number[]>(2);
  await resumed.restore(folder);
  expect(resumed.at(5)).toEqual(numbers);
  await rm(join(folder, 'samples.json'));
  await resumed.restore(folder);
  expect(resumed.at(5)).toBeUndefined();
});

it('refuses samples of another version', async () => {
  await writeFile(join(folder, 'samples.json'), '{"batch":0,"samples":[[1]]}');
  await expect(keptSamples(2).restore(folder)).rejects.toMatchObject({
    code: 'checkpoint-mismatch',
    message: expect.stringContaining('samples.json was written by another version'),
  });
});
