import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HubServer, type HubServerOptions } from '../../test/hub-server.js';
import { HubError } from '../errors.js';
import type { HubOptions } from './hub-options.js';
import { type HubRepository, isRepositoryName, openRepository } from './hub-repository.js';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const NAME = 'owner/posts';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const FILES = new Map([
  ['README.md', bytes('# Posts')],
  ['data/train of 2024.jsonl', bytes('{"post":1}\n')],
  ['data/train.parquet', bytes('PAR1'.repeat(5_000))],
]);
const LARGE = 'data/train.parquet';
const blobOf = (name: string): string =>
  createHash('sha256')
    .update(FILES.get(name) ?? '')
    .digest('hex');

let cache: string;
let hub: HubServer;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'ais-hub-'));
  await serve();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  await rm(cache, { recursive: true });
});

async function serve(options: Partial<HubServerOptions> = {}): Promise<void> {
  await hub?.close();
  hub = await HubServer.start({
    kind: 'dataset',
    repository: NAME,
    commit: COMMIT,
    files: FILES,
    ...options,
  });
}

const open = (options: HubOptions = {}): Promise<HubRepository> =>
  openRepository('dataset', NAME, { endpoint: hub.endpoint, cacheDirectory: cache, ...options });
const read = async (path: string | undefined): Promise<string> => readFile(path as string, 'utf8');

describe('a repository', () => {
  it('brings files once, in the layout of huggingface_hub', async () => {
    const repository = await open();
    expect(repository).toMatchObject({ kind: 'dataset', name: NAME, commit: COMMIT });
    expect((await repository.files()).sort()).toEqual([...FILES.keys()].sort());
    const [large, small] = await repository.bring(LARGE, 'data/train of 2024.jsonl');
    const folder = join(cache, 'datasets--owner--posts');
    expect(large).toBe(join(folder, 'snapshots', COMMIT, LARGE));
    expect(await readlink(large as string)).toBe(`../../../blobs/${blobOf(LARGE)}`);
    expect(await read(large)).toBe('PAR1'.repeat(5_000));
    expect(await read(small)).toBe('{"post":1}\n');
    expect(await read(join(folder, 'refs/main'))).toBe(COMMIT);
    expect((await readdir(folder)).sort()).toEqual(['blobs', 'listings', 'refs', 'snapshots', 'verified']);
    expect(await readdir(join(folder, 'blobs'))).toHaveLength(2);

    hub.requests.length = 0;
    expect(await (await open()).bring(LARGE)).toEqual([large]);
    expect(hub.requests.map(({ path }) => path)).toEqual([`/api/datasets/${NAME}/revision/main`]);
    expect(await (await open({ revision: COMMIT })).bring(LARGE)).toEqual([large]);
    expect(hub.requests).toHaveLength(1);
  });

  it('is brought by twenty at once, each file once', async () => {
    const brought = await Promise.all(Array.from({ length: 20 }, async () => (await open()).bring(LARGE)));
    expect(new Set(brought.flat()).size).toBe(1);
    expect(hub.downloads()).toHaveLength(1);
    expect(await read(brought[0]?.[0])).toBe('PAR1'.repeat(5_000));
  });

  it('takes address, token, cache, and whether to ask from the environment', async () => {
    await serve({ token: 'hf_secret' });
    vi.stubEnv('HF_ENDPOINT', `${hub.endpoint}/`);
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    vi.stubEnv('HF_HUB_CACHE', cache);
    const [path] = await (await openRepository('dataset', NAME)).bring(LARGE);
    expect(path?.startsWith(cache)).toBe(true);
    // The files' own host is not told.
    expect(hub.downloads().map(({ authorization }) => authorization)).toEqual([undefined]);
    await hub.close();
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect(await (await openRepository('dataset', NAME)).bring(LARGE)).toEqual([path]);
    await serve();
  });

  it('sends the token to the Hub alone, wherever the pages of a listing are', async () => {
    hub.faults = { pagesAt: hub.elsewhere };
    await (await open({ token: 'hf_secret' })).files();
    const told = hub.requests.map(({ path, host, authorization }) => [
      path.split('/')[5],
      host?.split(':')[0],
      authorization,
    ]);
    expect(told).toEqual([
      ['revision', '127.0.0.1', 'Bearer hf_secret'],
      ['tree', '127.0.0.1', 'Bearer hf_secret'],
      ['tree', 'localhost', undefined],
    ]);
  });

  it('follows a redirect of an answer to no other host, and says so', async () => {
    hub.faults = { redirectsTo: hub.elsewhere };
    await expect(open({ token: 'hf_secret' })).rejects.toMatchObject({
      code: 'hub-failed',
      message: expect.stringContaining(`redirects to ${hub.elsewhere}, which is not followed`),
    });
    expect(hub.requests).toHaveLength(1);
    hub.faults = { redirectsTo: '' };
    await expect(open()).rejects.toMatchObject({ code: 'hub-failed' });
    expect(hub.requests).toHaveLength(7);
  });

  it('takes the password of a mirror from its address into a header, and into no message', async () => {
    const endpoint = hub.endpoint.replace('//', '//me:p%40ss@');
    const repository = await open({ endpoint });
    const basic = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    expect(hub.requests.map(({ authorization }) => authorization)).toEqual([basic]);
    expect(repository.url('a')).not.toContain('p%40ss');
    for (const wrong of [
      'https://hub.test/?token=p%40ss',
      'htp://me:p%40ss@hub.test',
      'me:p%40ss@hub.test',
    ]) {
      const opened = open({ endpoint: wrong });
      await expect(opened).rejects.toMatchObject({ code: 'hub-invalid-option' });
      await expect(opened).rejects.not.toThrow(/p%40ss/);
    }
    await expect(open({ endpoint: 'http://me:p%40ss@127.0.0.1:9' })).rejects.not.toThrow(/p%40ss/);
  });

  it('works offline from what it has, and says what it lacks', async () => {
    await expect(open({ offline: true })).rejects.toMatchObject({
      code: 'hub-not-found',
      message: expect.stringContaining('was not downloaded before'),
    });
    await (await open()).bring('README.md');
    hub.requests.length = 0;
    const repository = await open({ offline: true });
    expect((await repository.files()).sort()).toEqual([...FILES.keys()].sort());
    expect(await repository.bring('README.md')).toHaveLength(1);
    // Never fewer files than there are: a part of a data set must not stand for the whole.
    await expect(repository.bring('README.md', LARGE)).rejects.toMatchObject({
      code: 'hub-not-found',
      message: expect.stringContaining(LARGE),
    });
    await expect(open({ offline: true, revision: 'v1' })).rejects.toMatchObject({ code: 'hub-not-found' });
    expect(hub.requests).toEqual([]);
  });

  it('asks again for a list that it did not get', async () => {
    const repository = await open();
    hub.faults = { redirectsTo: 'http://127.0.0.1:9' };
    await expect(repository.bring(LARGE)).rejects.toMatchObject({ code: 'hub-failed' });
    hub.faults = {};
    expect(await repository.bring(LARGE)).toHaveLength(1);
  });

  it('serves files from a cache that cannot keep what else is learned', async () => {
    const [path] = await (await open()).bring(LARGE);
    for (const name of ['listings', 'refs']) {
      const folder = join(cache, 'datasets--owner--posts', name);
      await rm(folder, { recursive: true });
      await writeFile(folder, '');
    }
    expect(await (await open()).bring(LARGE)).toEqual([path]);
    expect(hub.downloads()).toHaveLength(1);
  });

  it('reports its progress over everything that it brings', async () => {
    const seen: number[] = [];
    const repository = await open({ onProgress: ({ receivedBytes }) => seen.push(receivedBytes) });
    await repository.bring('README.md');
    await repository.bring(LARGE);
    expect(seen.at(-1)).toBe('# Posts'.length + 20_000);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('downloads a file once for those who ask at once', async () => {
    const paths = await Promise.all([1, 2, 3].map(async () => (await open()).bring(LARGE)));
    expect(new Set(paths.flat()).size).toBe(1);
    expect(hub.downloads()).toHaveLength(1);
  });

  it('continues where a download was cut off', async () => {
    const blob = join(cache, 'datasets--owner--posts/blobs', blobOf(LARGE));
    await mkdir(dirname(blob), { recursive: true });
    await writeFile(`${blob}.incomplete`, 'PAR1'.repeat(1_000));
    const [path] = await (await open()).bring(LARGE);
    expect(hub.downloads().map(({ range }) => range)).toEqual(['bytes=4000-']);
    expect(await read(path)).toBe('PAR1'.repeat(5_000));
  });
});

describe('what goes wrong', () => {
  it('a file that the repository does not have', async () => {
    await expect((await open()).bring('data/test.parquet')).rejects.toMatchObject({
      name: 'HubError',
      code: 'hub-not-found',
      place: `${hub.endpoint}/datasets/${NAME}/resolve/${COMMIT}/data/test.parquet`,
    });
  });

  it('another content than the one listed, which is removed', async () => {
    await serve({ claims: { [LARGE]: 'a'.repeat(64) } });
    await expect((await open()).bring(LARGE)).rejects.toMatchObject({
      code: 'hub-damaged',
      expected: 'a'.repeat(64),
      found: blobOf(LARGE),
    });
    expect(await readdir(join(cache, 'datasets--owner--posts/blobs'))).toEqual([]);
  });

  it('a file in the cache of the right size and another content, which is brought again, or refused offline', async () => {
    const [path = ''] = await (await open()).bring(LARGE);
    // As a failing disk, or another program, leaves it: the size and the name are right.
    await writeFile(path, 'PAR2'.repeat(5_000));
    await expect((await open({ offline: true })).bring(LARGE)).rejects.toMatchObject({
      code: 'hub-damaged',
      place: path,
    });
    expect(await (await open()).bring(LARGE)).toEqual([path]);
    expect(await read(path)).toBe('PAR1'.repeat(5_000));
    expect(hub.downloads()).toHaveLength(2);
    expect(await (await open({ offline: true })).bring(LARGE)).toEqual([path]);
  });

  it('a blob that Python brought is hashed before it is used', async () => {
    const blobs = join(cache, 'datasets--owner--posts/blobs');
    await mkdir(blobs, { recursive: true });
    await writeFile(join(blobs, blobOf(LARGE)), 'PAR2'.repeat(5_000));
    const [path] = await (await open()).bring(LARGE);
    expect(await read(path)).toBe('PAR1'.repeat(5_000));
  });

  it.each(['../outside', 'a/../../outside', '/etc/passwd', 'a//b', '..\\outside'])(
    'a listing with the path %s',
    async (path) => {
      await serve({ files: new Map([[path, bytes('x')]]) });
      await expect((await open()).files()).rejects.toMatchObject({ code: 'hub-failed' });
    },
  );

  it('a listing in the cache that is damaged is asked for again', async () => {
    await (await open()).files();
    const listing = join(cache, 'datasets--owner--posts/listings', `${COMMIT}.json`);
    for (const damaged of ['[{"path":"../x"}]', '{', '{}']) {
      await writeFile(listing, damaged);
      expect(await (await open()).files()).toHaveLength(3);
    }
  });

  it.each<[string, string, HubOptions, string, RegExp]>([
    [
      'a data set that does not exist',
      'owner/none',
      {},
      'hub-not-found',
      /no data set owner\/none.*HF_TOKEN/,
    ],
    ['a revision that does not exist', NAME, { revision: 'v9' }, 'hub-not-found', /no revision v9/],
    ['a revision that cannot be one', NAME, { revision: '../x' }, 'hub-invalid-option', /"\.\.\/x"/],
    ['a name that cannot be one', '../x', {}, 'hub-invalid-option', /"\.\.\/x".*owner\/name/],
    [
      'an address that is not one',
      NAME,
      { endpoint: 'nowhere' },
      'hub-invalid-option',
      /HF_ENDPOINT.*address/,
    ],
    [
      'a server that does not answer',
      NAME,
      { endpoint: 'http://127.0.0.1:9' },
      'hub-failed',
      /offline: true/,
    ],
  ])('%s', async (_, name, options, code, message) => {
    const opened = openRepository('dataset', name, {
      endpoint: hub.endpoint,
      cacheDirectory: cache,
      ...options,
    });
    await expect(opened).rejects.toBeInstanceOf(HubError);
    await expect(opened).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('a gated repository', async () => {
    hub.token = 'hf_secret';
    hub.gated = true;
    await expect(open()).rejects.toMatchObject({
      code: 'hub-access-denied',
      message: expect.stringContaining(`Ask for it at ${hub.endpoint}/datasets/${NAME}`),
      found: '403 Forbidden (GatedRepo)',
    });
  });

  it('something that is not the Hub', async () => {
    await expect(open({ endpoint: `${hub.endpoint}/cdn/README.md?` })).rejects.toMatchObject({
      code: 'hub-failed',
      message: expect.stringContaining('HF_ENDPOINT'),
    });
  });

  it.runIf(process.platform === 'linux')('a cache that cannot be written', async () => {
    await expect((await open({ cacheDirectory: '/sys/ais' })).bring(LARGE)).rejects.toMatchObject({
      name: 'FileError',
      code: 'not-writable',
    });
  });
});

it('tells names of repositories apart from paths', () => {
  expect(['owner/name', 'a-b/c.d'].filter(isRepositoryName)).toHaveLength(2);
  expect(['name', './name', 'a/b/c', '../b', 'a/', ''].filter(isRepositoryName)).toEqual([]);
});
