import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FakeS3, startFakeS3 } from '../../test/fake-s3.js';
import { type Fault, type FaultyProxy, startFaultyProxy } from '../../test/faulty-proxy.js';
import { numbers } from '../../test/stages.js';
import { scratchFolder } from '../../test/workshop.js';
import { stageOrder } from '../stage-order.js';
import { stageSpec } from '../stage-spec.js';
import type { StageRecord, StageStore } from '../stage-store.js';
import { withEndpoint } from './s3-address.js';
import { s3Store } from './s3-store.js';

const scratch = scratchFolder();
const SECRET = 'between/us+two';
const closing: (() => Promise<void>)[] = [];

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'right');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET);
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  vi.unstubAllEnvs();
});

async function serve(options: { readonly isConditional?: boolean } = {}): Promise<FakeS3> {
  const server = await startFakeS3(options);
  closing.push(() => server.close());
  return server;
}

async function disturb(
  server: FakeS3,
  choose: (index: number, what: string) => Fault | undefined,
): Promise<FaultyProxy> {
  let index = -1;
  const proxy = await startFaultyProxy(server.endpoint, ({ method, url }) => {
    index += 1;
    return choose(index, `${method} ${url}`);
  });
  closing.push(() => proxy.close());
  return proxy;
}

let machines = 0;
function open(endpoint: string, address = 's3://bucket/store'): Promise<StageStore> {
  machines += 1;
  return s3Store(withEndpoint(address, endpoint), { cache: join(scratch.path, String(machines)) });
}

const values = stageSpec(numbers, { values: [1] }, {});
const record: StageRecord<{ count: number; seen: string }> = {
  kind: 'numbers',
  key: values.key,
  settings: { values: [1] },
  needs: {},
  versions: {},
  seconds: 1,
  result: { count: 1, seen: '1' },
};

async function finish(
  store: StageStore,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const attempt = await store.begin(stageOrder(values, store, 'numbers'));
  for (const [file, content] of Object.entries(files)) {
    await mkdir(join(attempt.directory, file, '..'), { recursive: true });
    await writeFile(join(attempt.directory, file), content);
  }
  await attempt.commit(record);
  await attempt.release();
}

/** Changes what the server holds of the last attempt. */
function changeAttempt(server: FakeS3, store: StageStore, change: object): void {
  const key = `bucket/store/${store.folder(values)}/stage.json`;
  const entry = JSON.parse(String(server.objects.get(key)?.body));
  const body = Buffer.from(JSON.stringify({ ...entry, attempt: { ...entry.attempt, ...change } }));
  server.objects.set(key, { body, date: new Date() });
}

test('a finished stage is a record, and an object for each file, named by its hash', async () => {
  const server = await serve();
  const store = await open(server.endpoint);
  await finish(store, { 'model/weights': 'abc', 'copy.txt': 'abc', 'other.txt': 'def' });
  const folder = `bucket/store/${store.folder(values)}`;
  expect(store.location(values)).toBe(`s3://${folder}`);
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
  expect([...server.objects.keys()].sort()).toEqual(
    [`${folder}/${hash('abc')}`, `${folder}/${hash('def')}`, `${folder}/stage.json`].sort(),
  );
});

test('only what is needed is fetched, and once', async () => {
  const server = await serve();
  await finish(await open(server.endpoint), { 'model/weights': 'abc', 'metrics.jsonl': '{}\n' });
  const store = await open(server.endpoint);
  const fetched = async (wanted?: (file: string) => boolean): Promise<number> => {
    const before = server.requests.length;
    await store.open(values, wanted);
    const files = server.requests.slice(before).filter((request) => /^GET .*\/[0-9a-f]{64}$/.test(request));
    return files.length;
  };
  expect(await fetched((file) => file === 'metrics.jsonl')).toBe(1);
  expect(await fetched()).toBe(1);
  expect(await fetched()).toBe(0);
  // A copy that was changed on this machine is fetched again.
  await writeFile(join(await store.open(values), 'metrics.jsonl'), 'other');
  expect(await fetched()).toBe(1);
  expect(await readFile(join(await store.open(values), 'metrics.jsonl'), 'utf8')).toBe('{}\n');
});

test('a file that was removed from the bucket is named', async () => {
  const server = await serve();
  const store = await open(server.endpoint);
  await finish(store, { 'a.txt': 'abc' });
  for (const key of server.objects.keys()) if (!key.endsWith('.json')) server.objects.delete(key);
  const message = expect.stringMatching(
    /s3:\/\/bucket\/store\/numbers-\w+: a\.txt is missing\. Remove s3:.*\/ and run again/,
  );
  await expect(store.verify(values)).rejects.toMatchObject({ code: 'artifact-damaged', message });
  const another = await open(server.endpoint);
  await expect(another.open(values)).rejects.toMatchObject({ code: 'artifact-damaged', message });
});

test('a record leads to no file outside the cache', async () => {
  const server = await serve();
  const store = await open(server.endpoint);
  await finish(store, { 'a.txt': 'abc' });
  const key = `bucket/store/${store.folder(values)}/stage.json`;
  const kept = JSON.parse(String(server.objects.get(key)?.body));
  const body = Buffer.from(JSON.stringify({ ...kept, files: { '../../a.txt': kept.files['a.txt'] } }));
  server.objects.set(key, { body, date: new Date() });
  await expect(store.open(values)).rejects.toMatchObject({ code: 'artifact-damaged' });
  server.objects.set(key, { body: Buffer.from('{'), date: new Date() });
  await expect(store.read(values)).rejects.toThrow(/stage\.json is not JSON\. Remove it/);
});

test('what an attempt left on this machine is found though whoever took it over ended before', async () => {
  const server = await serve();
  const store = await open(server.endpoint);
  const order = stageOrder(values, store, 'numbers');
  const first = await store.begin(order);
  await writeFile(join(first.directory, 'checkpoint'), 'step 900');
  await writeFile(join(first.directory, '.weights.tmp-77-0011223344556677'), 'half');
  await first.release();
  changeAttempt(server, store, { token: 2, name: '2-deadbeef', from: basename(first.directory) });
  const second = await store.begin(order);
  expect(await readdir(second.directory)).toEqual(['checkpoint']);
  await second.abandon(1);
  await second.release();
});

test('what an attempt handed back is fetched again if a part of it did not arrive', async () => {
  const server = await serve();
  const [here, there] = [await open(server.endpoint), await open(server.endpoint)];
  const order = stageOrder(values, here, 'numbers');
  const first = await here.begin(order);
  for (const name of ['a', 'b']) await writeFile(join(first.directory, name), name);
  await first.abandon(1);
  await first.release();
  const hash = createHash('sha256').update('b').digest('hex');
  const key = `bucket/store/${here.folder(values)}/${hash}`;
  const kept = server.objects.get(key) as { body: Buffer; date: Date };
  server.objects.delete(key);
  await expect(there.begin(order)).rejects.toMatchObject({ code: 'artifact-damaged' });
  server.objects.set(key, kept);
  const second = await there.begin(order);
  expect(await readdir(second.directory)).toEqual(['a', 'b']);
  await second.release();
});

test('an attempt that is named after a folder outside the cache takes nothing over', async () => {
  const server = await serve();
  const store = await open(server.endpoint);
  const order = stageOrder(values, store, 'numbers');
  const first = await store.begin(order);
  await first.release();
  const outside = join(scratch.path, 'outside');
  await mkdir(outside);
  changeAttempt(server, store, { name: relative(join(first.directory, '..'), outside) });
  const second = await store.begin(order);
  expect(await readdir(scratch.path)).toContain('outside');
  await second.release();
});

describe('a server', () => {
  test('without conditional writes is refused', async () => {
    const store = await open((await serve({ isConditional: false })).endpoint);
    await expect(store.begin(stageOrder(values, store, 'numbers'))).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringMatching(/s3:\/\/bucket\/store\/: .*should refuse.*conditional writes/),
    });
  });

  test('that lets nobody in, has no such bucket, or is not there is named, and the credentials are not', async () => {
    const server = await serve();
    const failure = async (endpoint: string, address?: string): Promise<Error> => {
      const store = await open(endpoint, address);
      return store.read(values).then(
        () => expect.unreachable(),
        (error: Error) => error,
      );
    };
    const missing = await failure(server.endpoint, 's3://another/store');
    expect(missing).toMatchObject({ code: 'store-failed' });
    expect(missing.message).toMatch(
      /the bucket of s3:\/\/another\/store\/numbers-\w+\/stage\.json .* does not exist\. Create it/,
    );
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'wrong');
    const denied = await failure(server.endpoint);
    expect(denied).toMatchObject({
      code: 'access-denied',
      message: expect.stringContaining('InvalidAccessKeyId'),
    });
    expect(JSON.stringify([denied, denied.message, denied.stack, denied.cause])).not.toContain(SECRET);
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', '');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(scratch.path, 'none'));
    vi.stubEnv('AWS_CONFIG_FILE', join(scratch.path, 'none'));
    const none = await failure(server.endpoint);
    expect(none).toMatchObject({
      code: 'access-denied',
      message: expect.stringContaining('AWS_ACCESS_KEY_ID'),
    });
  });

  test('that fails now and then is asked again, and a large file is continued where its body broke off', async () => {
    const server = await serve();
    const faults: readonly (Fault | undefined)[] = [
      'refuse',
      undefined,
      'drop',
      undefined,
      'lose',
      undefined,
    ];
    let cuts = 0;
    let joins = 0;
    const proxy = await disturb(server, (index, what) => {
      if (/^POST .*uploadId=/.test(what)) {
        joins += 1;
        return joins === 1 ? 'lose' : undefined;
      }
      if (!/^GET .*\/[0-9a-f]{64}\?/.test(what)) return faults[index % faults.length];
      cuts += 1;
      return cuts % 3 === 0 ? undefined : 'cut';
    });
    const large = new Uint8Array(9 * 2 ** 20).map((_, index) => (index * 2_654_435_761) >>> 13);
    await finish(await open(proxy.endpoint), { 'model/weights': large, 'a.txt': 'abc' });
    const store = await open(proxy.endpoint);
    await store.verify(values);
    const found = await readFile(join(await store.open(values), 'model', 'weights'));
    expect(Buffer.compare(found, large)).toBe(0);
    expect(server.requests).toContainEqual(expect.stringMatching(/^GET .* bytes=[1-9]\d*-$/));
    expect(new Set(proxy.faults.keys())).toEqual(new Set(['refuse', 'drop', 'cut', 'lose']));
  });

  test('whose answers to writes are lost has written once', async () => {
    const server = await serve();
    // Every write reaches the server, and the answer to every second one is lost.
    const proxy = await disturb(server, (index) => (index % 2 === 0 ? 'lose' : undefined));
    const store = await open(proxy.endpoint);
    await finish(store, { 'a.txt': 'abc' });
    expect(await store.read(values)).toMatchObject(record);
    expect(proxy.faults.get('lose')).toBeGreaterThan(4);
  });
});
