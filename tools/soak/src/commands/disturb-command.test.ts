import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { disturbCommand } from './disturb-command.js';
import { outcomeOf } from './outcome.js';
import { phasesOf } from './phases.js';
import { soakedCommands } from './soaked-command.js';
import { leadToEnd } from './started-command.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ais-signals-'));
});
afterAll(() => rmSync(root, { recursive: true }));

// The built program, since signals reach processes: `pnpm build` first. Every phase: `pnpm soak signals`.
test('ais sft that SIGTERM stops in a step leaves its checkpoint, and resumes bit for bit', async () => {
  const backend = process.env['AIS_BACKEND'] ?? 'wasm';
  const commands = soakedCommands({ backend, model: join(root, 'model') });
  const step = phasesOf(commands).find(({ command, phase }) => command.name === 'sft' && phase === 'step');
  if (!step) throw new Error('There is no such phase.');
  for (const name of ['whole', 'stopped']) mkdirSync(join(root, name));
  await leadToEnd(step.command, join(root, 'whole'));
  const expected = outcomeOf(step.command, join(root, 'whole'));
  const outcome = await disturbCommand(step, 'SIGTERM', join(root, 'stopped'), expected);
  expect(outcome).not.toHaveProperty('problem');
});
