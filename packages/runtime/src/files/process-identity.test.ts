import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isInSight, processState, thisProcess } from './process-identity.js';

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

test.runIf(process.platform === 'linux')('nothing is known of a process in another container', async () => {
  const own = { ...(await thisProcess()), machine: null };
  const elsewhere = { ...own, namespace: 'pid:[1]' };
  const child = spawn(process.execPath, ['--eval', '']);
  await once(child, 'exit');
  for (const identity of [elsewhere, { ...elsewhere, process: child.pid as number }]) {
    expect(await processState(identity)).toBe('unknown');
    expect(await isInSight(identity)).toBe(false);
  }
  // As an earlier version wrote it.
  const { namespace, ...earlier } = own;
  expect(namespace).toMatch(/^pid:/);
  expect(await processState(earlier)).toBe('alive');
});

test.runIf(process.platform === 'linux')('what ran before its machine started again has ended', async () => {
  const started = 'an earlier boot 1';
  const own = { ...(await thisProcess()), started };
  expect(await processState({ ...own, machine: null })).toBe('ended');
  if (own.machine === null) return;
  expect(await processState({ ...own, namespace: 'pid:[1]' })).toBe('ended');
  // Machines that share files may all be called localhost.
  expect(await processState({ ...own, machine: 'another' })).toBe('unknown');
});
