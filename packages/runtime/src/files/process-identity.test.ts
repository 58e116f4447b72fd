import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { isInSight, processState, thisProcess } from './process-identity.js';
import { thisMachine } from './this-machine.js';

afterEach(() => {
  vi.restoreAllMocks();
});

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
  expect(await processState({ ...(await thisProcess()), started: `${thisMachine().boot} 1` })).toBe('ended');
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
    expect(isInSight(identity)).toBe(false);
  }
  // As an earlier version wrote it.
  const { namespace, ...earlier } = own;
  expect(namespace).toMatch(/^pid:/);
  expect(await processState(earlier)).toBe('alive');
});

test.runIf(process.platform === 'linux')(
  'what ran before its machine started again has ended, unless something is heard of it',
  async () => {
    const started = 'an earlier boot 1';
    const own = { ...(await thisProcess()), started };
    expect(await processState({ ...own, machine: null })).toBe('restarted');
    if (own.machine === null) return;
    expect(await processState({ ...own, namespace: 'pid:[1]' })).toBe('restarted');
    // Machines that share files may all be called localhost.
    expect(await processState({ ...own, machine: 'another' })).toBe('unknown');
  },
);

describe.runIf(process.platform === 'linux')('a process of another user', () => {
  const id = 77;
  /** The system's answers: it may not be signaled, and `/proc` has this of it. */
  async function found(stat: () => Promise<string>): Promise<string> {
    vi.restoreAllMocks();
    const { readFile } = fs;
    vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    });
    vi.spyOn(fs, 'readFile').mockImplementation(((path: string, ...rest: ['utf8']) =>
      path === `/proc/${id}/stat` ? stat() : readFile(path, ...rest)) as typeof readFile);
    return processState({ ...(await thisProcess()), process: id, started: `${thisMachine().boot} 42` });
  }
  const fields = (state: string, start: number): string =>
    `${id} (a (b) c) ${state}${' 0'.repeat(18)} ${start} 0`;

  test('may be alive though it is hidden', async () => {
    const hidden = Object.assign(new Error('no such file'), { code: 'ENOENT' });
    expect(await found(() => Promise.reject(hidden))).toBe('unknown');
  });

  test('is known by its start, and has ended once it only waits to be forgotten', async () => {
    expect(await found(async () => fields('S', 42))).toBe('alive');
    expect(await found(async () => fields('S', 43))).toBe('ended');
    expect(await found(async () => fields('Z', 42))).toBe('ended');
  });
});
