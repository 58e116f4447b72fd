import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubServer, type HubServerOptions } from '../../../runtime/test/hub-server.js';
import { collectRecords } from '../records/collect-records.js';
import { readFaults } from '../records/read-report.js';
import { comparisonSource } from '../sources/comparison-source.js';
import { textSource } from '../sources/text-source.js';
import { type HubRowsOptions, hubRows } from './hub-rows.js';

const REPOSITORY = 'somebody/tldr';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const fixture = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(new URL(`../../fixtures/sources/${name}`, import.meta.url)));

let cache = '';
let server: HubServer;
let files: Map<string, Uint8Array>;
beforeEach(async () => {
  files = new Map([
    ['README.md', new TextEncoder().encode('# data')],
    ['data/train-00000-of-00002.parquet', await fixture('tldr-3-filtered.parquet')],
    ['data/train-00001-of-00002.parquet', await fixture('trl-lib-tldr.parquet')],
    ['data/test-00000-of-00001.parquet', await fixture('posts-zstd-v1.parquet')],
    ['pairs/validation.jsonl', await fixture('trl-lib-tldr-preference.jsonl')],
    ['comparisons/only/0000.parquet', await fixture('openai-comparisons.parquet')],
  ]);
});
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'ais-hub-'));
});
afterEach(async () => {
  await server.close();
  await rm(cache, { recursive: true });
});

const start = async (options: Partial<HubServerOptions> = {}): Promise<void> => {
  server = await HubServer.start({
    kind: 'dataset',
    repository: REPOSITORY,
    commit: COMMIT,
    files,
    ...options,
  });
};
const rows = (options: HubRowsOptions = {}) =>
  hubRows(REPOSITORY, { endpoint: server.endpoint, cacheDirectory: cache, ...options });

describe('hubRows', () => {
  it('reads a split, keeps it, and asks for nothing at a pinned commit', async () => {
    await start();
    const source = textSource(rows({ split: 'test' }));
    const records = await collectRecords(source);
    expect(records.map(({ id }) => id)).toEqual(['t3_0', 't3_1', 't3_2']);
    expect(server.downloads().map(({ path }) => path)).toEqual(['/cdn/data/test-00000-of-00001.parquet']);
    // The layout of huggingface_hub's cache.
    const snapshot = join(cache, 'datasets--somebody--tldr', 'snapshots', COMMIT, 'data');
    expect(await readdir(snapshot)).toEqual(['test-00000-of-00001.parquet']);
    expect(await readdir(join(cache, 'datasets--somebody--tldr', 'blobs'))).toEqual([
      createHash('sha256').update(files.get('data/test-00000-of-00001.parquet')!).digest('hex'),
    ]);

    server.requests.length = 0;
    const pinned = textSource(rows({ split: 'test', revision: COMMIT }));
    expect(await collectRecords(pinned)).toEqual(records);
    expect(server.requests).toEqual([]);
    expect(await collectRecords(source)).toEqual(records);
    expect(server.requests.map(({ path }) => path)).toEqual([`/api/datasets/${REPOSITORY}/revision/main`]);
  });

  it('reads shards in order, JSONL, and a configuration', async () => {
    await start();
    const shards = rows();
    const keys: string[] = [];
    for await (const row of shards.rows(readFaults())) keys.push(row.key);
    expect(keys).toEqual(['1-1', '1-2', '1-3', '2-1', '2-2', '2-3']);
    const pairs = comparisonSource(rows({ split: 'validation' }));
    expect((await collectRecords(pairs)).map(({ chosen }) => chosen)).toEqual([
      ' good 0',
      ' good 1',
      ' good 2',
    ]);
    const human = comparisonSource(rows({ split: 'only', configuration: 'comparisons' }));
    expect((await collectRecords(human)).map(({ family }) => family)).toEqual(['t3_0', 't3_1', 't3_2']);
  });

  it('reads the split that is named, and none whose name only begins with it', async () => {
    const only = await fixture('posts-zstd-v1.parquet');
    files = new Map(
      ['train_gen', 'train_prefs', 'train_sft', 'test_prefs'].map((name) => [
        `data/${name}-00000-of-00001.parquet`,
        only,
      ]),
    );
    await start();
    await expect(collectRecords(textSource(rows()))).rejects.toMatchObject({
      code: 'hub-failed',
      message: expect.stringMatching(
        /there is no split train; there is test_prefs, train_gen, train_prefs, train_sft\. Choose .*:SPLIT/,
      ),
    });
    expect(await collectRecords(textSource(rows({ split: 'train_prefs' })))).toHaveLength(3);
    expect(server.downloads().map(({ path }) => path)).toEqual([
      '/cdn/data/train_prefs-00000-of-00001.parquet',
    ]);
  });

  it('refuses a name that could mean several splits', async () => {
    const only = await fixture('posts-zstd-v1.parquet');
    files = new Map([
      ['train-en.parquet', only],
      ['train-de.parquet', only],
    ]);
    await start();
    await expect(collectRecords(textSource(rows()))).rejects.toMatchObject({
      code: 'hub-failed',
      message: expect.stringMatching(/split train could be any of train-de, train-en\. Choose/),
    });
    expect(await collectRecords(textSource(rows({ split: 'train-de' })))).toHaveLength(3);
  });

  it('refuses a folder of several splits, and reads each by the folder and its name', async () => {
    const only = await fixture('posts-zstd-v1.parquet');
    files = new Map(['train', 'test'].map((split) => [`helpful-base/${split}.parquet`, only]));
    await start();
    for (const split of ['helpful-base', 'helpful']) {
      await expect(collectRecords(textSource(rows({ split })))).rejects.toMatchObject({
        code: 'hub-failed',
        message: expect.stringMatching(
          /is a folder of several splits\. .*: somebody\/tldr:helpful-base\/test, somebody\/tldr:helpful-base\/train\)/,
        ),
      });
    }
    await collectRecords(textSource(rows({ split: 'train', configuration: 'helpful-base' })));
    expect(server.downloads().map(({ path }) => path)).toEqual(['/cdn/helpful-base/train.parquet']);
  });

  it('continues where the connection broke, in one reading and in the next', async () => {
    await start();
    server.faults.cutAfter = [1000, 700, 0, 0, 0, 0];
    const source = textSource(rows({ split: 'test' }));
    await expect(collectRecords(source)).rejects.toMatchObject({ code: 'hub-failed' });
    expect(await collectRecords(source)).toHaveLength(3);
    const [whole, second, ...others] = server.downloads().map(({ range }) => range);
    expect([whole, second]).toEqual([undefined, 'bytes=1000-']);
    expect(new Set(others)).toEqual(new Set(['bytes=1700-']));
  });

  it('replaces a damaged leftover, and never reads what does not match its hash', async () => {
    await start();
    const source = textSource(rows({ split: 'test' }));
    await collectRecords(source);
    const folder = join(cache, 'datasets--somebody--tldr');
    const [blob = ''] = await readdir(join(folder, 'blobs'));
    await rm(join(folder, 'blobs', blob));
    await writeFile(join(folder, 'blobs', `${blob}.incomplete`), 'something else');
    expect(await collectRecords(source)).toHaveLength(3);
  });

  it('refuses what the Hub says has another hash', async () => {
    await start({ claims: { 'data/test-00000-of-00001.parquet': 'a'.repeat(64) } });
    await expect(collectRecords(textSource(rows({ split: 'test' })))).rejects.toMatchObject({
      code: 'damaged-file',
      message: expect.stringContaining('has the hash'),
    });
  });

  it.each([
    [
      'a repository that is not there',
      () => hubRows('somebody/else', { endpoint: server.endpoint, cacheDirectory: cache }),
      /else.*Invalid username/,
    ],
    ['a revision that is not there', () => rows({ revision: 'v9' }), /revision v9/],
    [
      'a split that is not there',
      () => rows({ split: 'dev' }),
      /no split dev; there is only, test, train, validation\. Choose.*refs\/convert\/parquet/,
    ],
    [
      'a server that is not there',
      () => rows({ endpoint: 'http://127.0.0.1:9' }),
      /127.0.0.1:9.*fetch failed/,
    ],
  ])('says so of %s', async (_, source, message) => {
    await start();
    await expect(collectRecords(textSource(source()))).rejects.toMatchObject({
      code: 'hub-failed',
      message: expect.stringMatching(message),
    });
  });

  it('says which files there are where none is in a format that is read', async () => {
    files = new Map([['README.md', new TextEncoder().encode('# data')]]);
    await start();
    await expect(collectRecords(textSource(rows()))).rejects.toThrow(
      /no file of split train.*there is README.md.*refs\/convert\/parquet/s,
    );
  });

  it('reads a private repository with a token', async () => {
    await start({ token: 'hf_secret' });
    await expect(collectRecords(textSource(rows({ split: 'test' })))).rejects.toThrow(/HF_TOKEN/);
    const source = textSource(rows({ split: 'test', token: 'hf_secret' }));
    expect(await collectRecords(source)).toHaveLength(3);
  });
});
