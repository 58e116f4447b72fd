import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withInstallLock } from './install-lock.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ais-lock-'));
});
afterEach(() => rm(directory, { recursive: true }));

it('lets one run at a time, and the next when the first has ended or failed', async () => {
  const place = join(directory, 'native');
  const order: string[] = [];
  let waited = 0;
  const run = (name: string): Promise<void> =>
    withInstallLock(
      place,
      async () => {
        order.push(`${name} starts`);
        await new Promise((resolve) => setTimeout(resolve, 50));
        order.push(`${name} ends`);
        if (name === 'a') throw new Error('a failed');
      },
      { onWait: () => waited++ },
    );
  const outcomes = await Promise.allSettled([run('a'), run('b')]);
  const [first = '', second = ''] = order.map((line) => line[0]).filter((_, index) => index % 2 === 0);
  expect(order).toEqual([`${first} starts`, `${first} ends`, `${second} starts`, `${second} ends`]);
  expect(waited).toBe(1);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

it('says that another install runs, when the time is up', async () => {
  const place = join(directory, 'native');
  await withInstallLock(place, async () => {
    await expect(
      withInstallLock(place, async () => 'both', { signal: AbortSignal.timeout(100) }),
    ).rejects.toMatchObject({ code: 'install-running' });
  });
});
