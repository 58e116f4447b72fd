import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '@ais/redis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CREDENTIALS, type MotoServer, startMoto } from '../../workflow/test/moto-server.js';
import { finished, type StartedAis, startAis } from './started-ais.js';
import { untimedStudy } from './untimed-study.js';

let redis: RedisServer;
let moto: MotoServer;
let scratch = '';

beforeAll(async () => {
  [redis, moto] = await Promise.all([startRedis(), startMoto()]);
  scratch = mkdtempSync(join(tmpdir(), 'ais-s3-'));
});
afterAll(async () => {
  await redis.stop();
  await moto.stop();
  rmSync(scratch, { recursive: true });
});

/** Starts `ais`, as on another machine: with a separate cache. */
function start(argv: readonly string[], machine: string, more: NodeJS.ProcessEnv = {}): StartedAis {
  const env = { ...process.env, ...CREDENTIALS, ...more, AIS_CACHE_DIRECTORY: join(scratch, machine) };
  return startAis(argv, { cwd: scratch, env });
}

const ais = (...given: Parameters<typeof start>): Promise<StartedAis['output']> => finished(start(...given));

const dataOf = (directory: string): object => untimedStudy(join(scratch, directory, 'exact', 'study.json'));

test('a study whose workers share no folder, only a bucket, gives the numbers that it gives in one process', async () => {
  const study = ['study', 'exact', '--json'];
  const queue = { AIS_REDIS: redis.url };
  const bucket = ['--store', 's3://bucket/study', '--s3-endpoint', moto.endpoint];
  const worker = start(['worker', ...bucket, '--rate-limit', '1000/s'], 'worker', queue);
  const studied = await ais([...study, ...bucket, '--out', 'there'], 'here', queue);
  worker.child.kill('SIGTERM');
  const [code] = await once(worker.child, 'close');
  expect(code, worker.output.err).toBe(0);
  expect(worker.output.err).toContain(': finished');
  await ais([...study, '--store', 'store', '--out', 'here', '--processes', '1'], 'here');
  expect(dataOf('there')).toEqual(dataOf('here'));

  // The folder of the study says where its stages are, the server too, which its reader has to trust.
  const stranger = start(['status', 'there'], 'elsewhere');
  expect(await once(stranger.child, 'close')).toEqual([2, null]);
  const [, allowance = ''] = /--allow '(s3:[^']+)'/.exec(stranger.output.err) ?? [];
  const status = await ais(['status', 'there', '--allow', allowance], 'elsewhere');
  expect(status.out).toMatch(/^(\d+) of \1 stages finished, 0 running, 0 waiting, 0 failed\n$/);
  const said = [studied, worker.output, status].map(({ out, err }) => out + err).join('');
  expect(said).not.toContain(CREDENTIALS['AWS_SECRET_ACCESS_KEY']);
  // Nothing is written where a store in a folder would be.
  expect(readdirSync(scratch).filter((name) => name.startsWith('s3'))).toEqual([]);
});
