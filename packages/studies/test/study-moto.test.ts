import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@ais/runtime';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type FaultyProxy, startFaultyProxy } from '../../workflow/test/faulty-proxy.js';
import { CREDENTIALS, type MotoServer, nowAndThen, startMoto } from '../../workflow/test/moto-server.js';
import { runSourcesInChildren } from '../../workflow/test/workshop.js';
import { studyStoreAt } from '../src/plan/study-store.js';
import { runStudies } from '../src/run/run-studies.js';
import { tinyStudy } from './tiny-study.js';

const scratch = mkdtempSync(join(tmpdir(), 'ais-study-s3-'));
let moto: MotoServer;
let proxy: FaultyProxy;
beforeAll(async () => {
  moto = await startMoto();
  proxy = await startFaultyProxy(moto.endpoint, nowAndThen(5));
});
afterAll(async () => {
  await proxy.close();
  await moto.stop();
  rmSync(scratch, { recursive: true });
});
beforeEach(() => {
  runSourcesInChildren();
  for (const [name, value] of Object.entries(CREDENTIALS)) vi.stubEnv(name, value);
  vi.stubEnv('AIS_CACHE_DIRECTORY', join(scratch, 'cache'));
});
afterEach(() => vi.unstubAllEnvs());

/** A study's data, without how long it took and how it was called. */
function dataOf(out: string): unknown {
  return JSON.parse(readFileSync(join(scratch, out, 'fig11', 'study.json'), 'utf8'), (name, value) =>
    name === 'seconds' ? undefined : value,
  );
}

test('a study on a store in S3 that fails now and then, in two processes, gives the numbers of an undisturbed one', async () => {
  const backend = await useBackend('wasm');
  const tiny = tinyStudy('fig11');
  const studies = [{ ...tiny, runs: tiny.runs.slice(0, 2) }];
  const [there, here] = ['there', 'here'].map((name) => join(scratch, name));
  const store = await studyStoreAt('s3://bucket/study', proxy.endpoint);
  await runStudies({ studies, store, out: there ?? '', backend, processes: 2 });
  await runStudies({ studies, store: join(scratch, 'store'), out: here ?? '', backend });
  expect(dataOf('there')).toEqual(dataOf('here'));
  expect([...proxy.faults.keys()].sort()).toEqual(['cut', 'delay', 'drop', 'lose', 'refuse']);

  // What is finished is not computed again, and only findings are fetched on another machine.
  vi.stubEnv('AIS_CACHE_DIRECTORY', join(scratch, 'another-cache'));
  const again = join(scratch, 'again');
  await runStudies({
    studies,
    store: await studyStoreAt('s3://bucket/study', moto.endpoint),
    out: again,
    backend,
  });
  expect(dataOf('again')).toEqual(dataOf('here'));
});
