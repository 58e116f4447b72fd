import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { processState, thisProcess } from './process-identity.js';

test('this process is alive, and known by its machine, its number, and its start', async () => {
  const identity = await thisProcess();
  expect(identity.process).toBe(process.pid);
  expect(await processState(identity)).toBe(process.platform === 'linux' ? 'alive' : 'unknown');
});

test('a process that has ended has ended', async () => {
  const child = spawn(process.execPath, ['--eval', '']);
  await once(child, 'exit');
  const { host } = await thisProcess();
  expect(await processState({ host, process: child.pid as number, started: null })).toBe('ended');
});

test.runIf(process.platform === 'linux')('a later process with its number is another one', async () => {
  expect(await processState({ ...(await thisProcess()), started: 'an earlier boot 1' })).toBe('ended');
});

test('nothing is known of a process on another machine', async () => {
  expect(await processState({ host: 'elsewhere', process: process.pid, started: null })).toBe('unknown');
});
