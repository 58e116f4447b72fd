import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { asOnlyWriter, isLocked, takeLock, withLock } from './lock.js';
import { thisProcess } from './process-identity.js';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ais-lock-'));
  path = join(directory, 'run.lock');
});
afterEach(() => {
  vi.restoreAllMocks();
  return rm(directory, { recursive: true });
});

/** Each look at the clock finds it this many milliseconds later. */
function passTime(milliseconds: number): void {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += milliseconds;
    return now;
  });
}

/** Writes the lock of another holder. */
async function heldBy(holder: object): Promise<void> {
  const since = '2026-01-01T00:00:00.000Z';
  await writeFile(path, JSON.stringify({ token: 'other', started: null, since, beats: false, ...holder }));
}

/** The number of a process that has ended. */
async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--eval', '']);
  await once(child, 'exit');
  return child.pid as number;
}

describe('takeLock', () => {
  it('is taken once, by its process, until it is given back', async () => {
    const release = await takeLock(path);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      host: hostname(),
      process: process.pid,
    });
    await expect(takeLock(path)).rejects.toMatchObject({
      name: 'FileError',
      code: 'in-use',
      path: directory,
      message: expect.stringMatching(`in use by process ${process.pid} on ${hostname()}.*Wait for it to end`),
    });
    await release();
    expect(await readdir(directory)).toEqual([]);
    await (await takeLock(path))();
  });

  it('is taken by one of many', async () => {
    const taken = await Promise.allSettled(Array.from({ length: 5 }, () => takeLock(path)));
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('takes over from a process that has ended, and says so', async () => {
    await heldBy({ host: hostname(), process: await endedProcess() });
    const warnings: string[] = [];
    await takeLock(path, { what: 'runs/a', onWarning: (message) => warnings.push(message) });
    expect(warnings).toEqual([expect.stringMatching(/^runs\/a was left by process \d+, which has ended/)]);
  });

  it.runIf(process.platform === 'linux')('takes over if the number belongs to a later process', async () => {
    await heldBy({ host: hostname(), process: process.pid, started: 'an earlier boot 1' });
    await takeLock(path);
  });

  it.runIf(process.platform === 'linux')(
    'takes over what its machine held before it started again, but not from another machine made from the same image',
    async () => {
      const holder = { ...(await thisProcess()), started: 'another boot 1' };
      // It has another boot, and this machine was up when the lock was taken.
      await heldBy({ ...holder, since: new Date().toISOString() });
      expect(await isLocked(path)).toBe(true);
      await expect(takeLock(path)).rejects.toMatchObject({
        message: expect.stringContaining(
          `cannot be seen from this machine or container: if it is not, remove ${path}`,
        ),
      });
      await heldBy({ ...holder, since: new Date(Date.now() - 1000 * uptime() - 60_000).toISOString() });
      expect(await isLocked(path)).toBe(false);
      await takeLock(path);
    },
  );

  it.each(['{"tok', '', 'null', '5', '[]', '{}', '{"host":"elsewhere","process":1}', '\u0000\u00ff'])(
    'takes a lock whose file holds %j, which nobody wrote',
    async (garbage) => {
      await writeFile(path, garbage);
      await takeLock(path);
      await expect(takeLock(path)).rejects.toMatchObject({ code: 'in-use' });
    },
  );

  it('says that a folder is in its place', async () => {
    await mkdir(path);
    await expect(takeLock(path)).rejects.toMatchObject({
      code: 'not-writable',
      message: expect.stringMatching(/run\.lock is a folder/),
    });
  });

  it('is taken over from a process that has ended by one of many', async () => {
    await heldBy({ host: hostname(), process: await endedProcess() });
    const taken = await Promise.allSettled(Array.from({ length: 20 }, () => takeLock(path)));
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is taken though a process was killed while it took it, whatever the clock says', async () => {
    await mkdir(`${path}.guard`);
    await utimes(`${path}.guard`, new Date(), new Date(Date.now() + 3_600_000));
    passTime(1000);
    await (await takeLock(path))();
    expect(await readdir(directory)).toEqual([]);
  });

  it('leaves nothing of a process that was killed while it wrote the lock', async () => {
    await mkdir(`${path}.guard`);
    await writeFile(join(`${path}.guard`, 'holder'), '{"tok');
    passTime(1000);
    await (await takeLock(path))();
    expect(await readdir(directory)).toEqual([]);
  });

  it('is taken though a file is where the guard would be', async () => {
    await writeFile(`${path}.guard`, '');
    passTime(1000);
    await (await takeLock(path))();
    expect(await readdir(directory)).toEqual([]);
  });

  it('says what to remove where taking it never ends', async () => {
    await mkdir(`${path}.guard`);
    passTime(30_000);
    await expect(takeLock(path)).rejects.toMatchObject({
      code: 'in-use',
      message: expect.stringContaining(`${path}.guard is always there. If no other command runs, remove it`),
    });
  });

  it('leaves the lock of another machine, and says how to remove it', async () => {
    await heldBy({ host: 'elsewhere', process: 1 });
    await utimes(path, new Date(0), new Date(0));
    await expect(takeLock(path)).rejects.toMatchObject({
      message: expect.stringContaining(`if it is not, remove ${path}`),
    });
  });

  it.runIf(process.platform === 'linux')('leaves the lock of another container on this machine', async () => {
    await heldBy({ host: hostname(), process: await endedProcess(), namespace: 'pid:[1]' });
    await expect(takeLock(path)).rejects.toMatchObject({
      message: expect.stringContaining(
        `cannot be seen from this machine or container: if it is not, remove ${path}`,
      ),
    });
  });

  it('gives back only what is its own', async () => {
    const release = await takeLock(path);
    await heldBy({ host: hostname(), process: process.pid });
    await release();
    expect(await readdir(directory)).toEqual(['run.lock']);
  });

  it('says where it may not write', async () => {
    await writeFile(path, '');
    await expect(takeLock(join(path, 'below.lock'))).rejects.toMatchObject({ code: 'not-writable' });
  });
});

describe('isLocked', () => {
  it('tells a lock that somebody has from one that nobody has any more', async () => {
    expect(await isLocked(path)).toBe(false);
    const release = await takeLock(path);
    expect(await isLocked(path)).toBe(true);
    await release();
    await heldBy({ host: hostname(), process: await endedProcess() });
    expect(await isLocked(path)).toBe(false);
    await heldBy({ host: 'elsewhere', process: 1 });
    expect(await isLocked(path)).toBe(true);
  });
});

describe('withLock', () => {
  it('lets one work at a time, and the next when the first has failed', async () => {
    const order: string[] = [];
    let sayWaiting = (): void => {};
    const waiting = new Promise<void>((resolve) => {
      sayWaiting = resolve;
    });
    let second: Promise<number> | undefined;
    const first = withLock(path, async () => {
      order.push('first starts');
      second = withLock(path, async () => order.push('second'), { onWait: sayWaiting });
      await waiting;
      order.push('first ends');
      throw new Error('first failed');
    });
    await expect(first).rejects.toThrow('first failed');
    await second;
    expect(order).toEqual(['first starts', 'first ends', 'second']);
    expect(await readdir(directory)).toEqual([]);
  });

  it('ends the wait when it is told to', async () => {
    const reason = new Error('enough');
    const stop = new AbortController();
    const waiting = withLock(path, () =>
      withLock(path, async () => 'both', { signal: stop.signal, onWait: () => stop.abort(reason) }),
    );
    await expect(waiting).rejects.toBe(reason);
  });

  it.each([-3_600_000, 3_600_000])(
    'takes over from another machine, whose clock differs by %d ms, once it was silent here for half a minute',
    async (difference) => {
      await heldBy({ host: 'elsewhere', process: 1, beats: true });
      await utimes(path, new Date(), new Date(Date.now() + difference));
      passTime(5000);
      expect(await withLock(path, async () => 'mine')).toBe('mine');
    },
  );

  it('waits for another machine whose clock is late', async () => {
    await heldBy({ host: 'elsewhere', process: 1, beats: true });
    await utimes(path, new Date(), new Date(Date.now() - 40_000));
    const stop = new AbortController();
    const waiting = withLock(path, async () => {}, { signal: stop.signal, onWait: () => stop.abort() });
    await expect(waiting).rejects.toThrow();
  });

  it.runIf(process.platform === 'linux')(
    'waits for what may be another machine of its name, made from the same image, until it is silent',
    async () => {
      await heldBy({ ...(await thisProcess()), started: 'another boot 1', beats: true });
      const stop = new AbortController();
      const waiting = withLock(path, async () => {}, { signal: stop.signal, onWait: () => stop.abort() });
      await expect(waiting).rejects.toThrow();
      passTime(5000);
      expect(await withLock(path, async () => 'mine')).toBe('mine');
    },
  );

  it('takes nothing from whoever took over before it', async () => {
    await heldBy({ host: 'elsewhere', process: 1, beats: true });
    await mkdir(`${path}.guard`);
    let now = 0;
    const looks = vi.spyOn(performance, 'now').mockImplementation(() => now);
    const stop = new AbortController();
    const waiting = withLock(path, async () => 'mine', {
      signal: stop.signal,
      onWait: () => {
        now = 31_000;
      },
    }).catch((error: Error) => error.name);
    const manyLooks = (): Promise<void> => {
      const before = looks.mock.calls.length;
      return vi.waitFor(() => expect(looks.mock.calls.length).toBeGreaterThan(before + 8), {
        timeout: 10_000,
      });
    };
    // It waits for the guard, with what it has seen before.
    await manyLooks();
    await heldBy({ host: 'elsewhere', process: 2, beats: true });
    await rm(`${path}.guard`, { recursive: true });
    await manyLooks();
    stop.abort();
    expect(await waiting).toBe('AbortError');
  });

  it('waits for another machine that was not', async () => {
    await heldBy({ host: 'elsewhere', process: 1, beats: true });
    const stop = new AbortController();
    const waiting = withLock(path, async () => {}, { signal: stop.signal, onWait: () => stop.abort() });
    await expect(waiting).rejects.toThrow();
  });
});

describe('asOnlyWriter', () => {
  it('refuses a second command that writes the same file, and leaves nothing', async () => {
    const file = join(directory, 'pairs.jsonl');
    await asOnlyWriter(file, async () => {
      await expect(asOnlyWriter(file, async () => {})).rejects.toMatchObject({
        code: 'in-use',
        message: expect.stringContaining(`${file} is in use by process ${process.pid}`),
      });
      await asOnlyWriter(join(directory, 'other.jsonl'), async () => {});
    });
    expect(await readdir(directory)).toEqual([]);
  });
});
