import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { localExecutor } from '../src/local-executor.js';
import { readS3Address, withEndpoint } from '../src/s3/s3-address.js';
import { beginS3Heartbeat } from '../src/s3/s3-heartbeat.js';
import { connectS3 } from '../src/s3/s3-objects.js';
import { s3Store } from '../src/s3/s3-store.js';
import { stageOrder } from '../src/stage-order.js';
import { stageSpec } from '../src/stage-spec.js';
import { executorChecks } from '../src/testing/executor-checks.js';
import { storeChecks } from '../src/testing/store-checks.js';
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.js';
import { CREDENTIALS, type MotoServer, nowAndThen, startMoto } from './moto-server.js';
import { numbers } from './stages.js';
import { s3Bench } from './store-benches.js';
import { runSourcesInChildren } from './workshop.js';

let moto: MotoServer;
let proxy: FaultyProxy;
beforeAll(async () => {
  moto = await startMoto();
  proxy = await startFaultyProxy(moto.endpoint, nowAndThen(11));
});
afterAll(async () => {
  await proxy.close();
  await moto.stop();
});
beforeEach(() => {
  runSourcesInChildren();
  for (const [name, value] of Object.entries(CREDENTIALS)) vi.stubEnv(name, value);
});
afterEach(() => vi.unstubAllEnvs());

describe('a store on an S3 server:', () => {
  test.each(storeChecks(s3Bench(() => moto.endpoint)))('$name', ({ run }) => run());
});

describe('a store on an S3 server that fails now and then:', () => {
  test.each(storeChecks(s3Bench(() => proxy.endpoint)))('$name', ({ run }) => run());
});

describe('an executor with such a store, and a process for each stage,', () => {
  const checks = executorChecks(
    ({ store, registry, module, slots }) => localExecutor({ store, registry, module, processes: slots }),
    {
      backend: 'cpu',
      store: (folder) => {
        const address = withEndpoint(`s3://bucket/executors${folder}`, proxy.endpoint);
        return s3Store(address, { cache: join(folder, 'cache') });
      },
    },
  );
  test.each(checks)('$name', ({ run }) => run());
});

test('a large file survives it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ais-large-'));
  try {
    const open = (cache: string) =>
      s3Store(withEndpoint('s3://bucket/large', proxy.endpoint), { cache: join(folder, cache) });
    const values = stageSpec(numbers, { values: [1] }, {});
    const store = await open('here');
    const content = new Uint8Array(60 * 2 ** 20).map((_, index) => (index * 2_654_435_761) >>> 13);
    const attempt = await store.begin(stageOrder(values, store, 'numbers'));
    await writeFile(join(attempt.directory, 'weights'), content);
    const record = {
      kind: 'numbers',
      key: values.key,
      settings: {},
      needs: {},
      versions: {},
      seconds: 1,
      result: {},
    };
    await attempt.commit(record);
    await attempt.release();
    const found = await readFile(join(await (await open('there')).open(values), 'weights'));
    expect(Buffer.compare(found, content)).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a heart beats while the process is held up', async () => {
  const objects = await connectS3(readS3Address(withEndpoint('s3://bucket/hearts', moto.endpoint)));
  await objects.write('a.beat', '.');
  const end = beginS3Heartbeat(objects.configuration, objects.at('a.beat'));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 15_000);
  expect(await objects.age('a.beat')).toBeLessThan(10_000);
  end();
});

test('every fault happened', () => {
  expect([...proxy.faults.keys()].sort()).toEqual(['cut', 'delay', 'drop', 'lose', 'refuse']);
});
