import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@ais/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flipBytes } from './flip-bytes.js';
import { killCheckpoints } from './kill-checkpoints.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ais-soak-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

// The short version of `pnpm soak checkpoint`; like it, it kills built processes: `pnpm build` first.
test('kills and flipped bytes leave the old checkpoint or the new one, and are noticed', async () => {
  const random = createRandom(1, 'kills');
  const { kills, neither, mixed, resumeDifferences } = await killCheckpoints(2, {
    folder,
    backend: process.env['AIS_BACKEND'] ?? 'wasm',
    steps: 12,
    processes: 1,
    random: () => random.uniform(),
    onProgress: () => {},
  });
  expect({ kills, neither, mixed, resumeDifferences }).toEqual({
    kills: 2,
    neither: 0,
    mixed: 0,
    resumeDifferences: 0,
  });
  const flipped = await flipBytes(join(folder, 'unbroken', 'checkpoints', 'step-5'), 151, () => {});
  expect(flipped.flips).toBeGreaterThan(300);
  expect(flipped.undetected).toBe(0);
});
