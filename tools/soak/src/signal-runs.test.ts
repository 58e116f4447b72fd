import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { interruptAndResume, signalCases, unbroken } from './signal-runs.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ais-signals-'));
});
afterAll(() => rmSync(root, { recursive: true }));

// The built program, since signals reach processes: `pnpm build` first. Every phase: `pnpm soak signals`.
test('ais sft that SIGTERM stops in a step leaves its checkpoint, and resumes bit for bit', async () => {
  const item = signalCases(process.env['AIS_BACKEND'] ?? 'wasm').find(({ phase }) => phase === 'step');
  if (!item) throw new Error('There is no such case.');
  await unbroken(item.command, join(root, 'whole'));
  const outcome = await interruptAndResume(item, 'SIGTERM', join(root, 'whole'), join(root, 'stopped'));
  expect(outcome).not.toHaveProperty('problem');
});
