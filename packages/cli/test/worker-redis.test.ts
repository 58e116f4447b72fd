import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PASSWORD, type RedisServer, startRedis } from '@ais/redis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { finished, type StartedAis, startAis } from './started-ais.js';

let redis: RedisServer;
let scratch = '';

beforeAll(async () => {
  redis = await startRedis();
  scratch = mkdtempSync(join(tmpdir(), 'ais-worker-'));
});
afterAll(async () => {
  await redis.stop();
  rmSync(scratch, { recursive: true });
});

/** Starts `ais`, which finds the server's address in its environment. */
function start(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = { ...process.env, AIS_REDIS: redis.url },
): StartedAis {
  return startAis(argv, { cwd: scratch, env });
}

const ais = (...given: Parameters<typeof start>): Promise<StartedAis['output']> => finished(start(...given));

/** A study's data, without how long it took. */
function dataOf(directory: string): object {
  const path = join(scratch, directory, 'exact', 'study.json');
  const { seconds, ...data } = JSON.parse(readFileSync(path, 'utf8'));
  expect(seconds).toBeGreaterThan(0);
  return data;
}

test('a study on a worker gives the numbers that it gives in this process; the worker stops with status 0', async () => {
  const study = ['study', 'exact', '--json'];
  const worker = start(['worker', '--store', 'shared']);
  await ais([...study, '--store', 'shared', '--out', 'on-a-worker']);
  const queue = JSON.parse((await ais(['status', '--json'])).out);
  expect(queue).toMatchObject({ running: [], waiting: 0, failed: [], workers: 1 });
  worker.child.kill('SIGTERM');
  const [code] = await once(worker.child, 'close');
  expect(code, worker.output.err).toBe(0);
  expect(worker.output.err).toContain(': finished');
  expect(worker.output.out + worker.output.err).not.toContain(encodeURIComponent(PASSWORD));

  const status = await ais(['status', 'on-a-worker']);
  expect(status.out).toMatch(/^(\d+) of \1 stages finished, 0 running, 0 waiting, 0 failed\n$/);

  const { AIS_REDIS: _, ...environment } = process.env;
  await ais([...study, '--store', 'alone', '--out', 'here', '--processes', '1'], environment);
  expect(dataOf('on-a-worker')).toEqual(dataOf('here'));
});

test('nothing runs that the server does not let in, and its password is not shown', async () => {
  const wrong = redis.url.replace(/:[^:@]+@/, ':wrong@');
  const { child, output } = start(['worker'], { ...process.env, AIS_REDIS: wrong });
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(output.err).toMatch(/Redis at redis:\/\/127\.0\.0\.1:\d+ denies access: WRONGPASS/);
  expect(output.err).not.toContain('wrong@');
});
