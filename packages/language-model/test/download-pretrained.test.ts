import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DownloadProgress, HubOptions } from '@ais/runtime/hub';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HubServer } from '../../runtime/test/hub-server.js';
import { createModel, downloadPretrained, loadPretrained, savePretrained } from '../src/index.js';

const COMMIT = 'c'.repeat(40);
const REPOSITORY = 'owner/model';
const TOKENIZER = '{"added_tokens":[]}';
let scratch: string;
let whole: ReadonlyMap<string, Uint8Array>;
let sharded: ReadonlyMap<string, Uint8Array>;
let hub: HubServer;
let options: HubOptions & { cacheDirectory: string };

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'hub-'));
  const model = createModel({ vocabularySize: 64, hiddenSize: 32, layerCount: 1, headCount: 4 }, { seed: 1 });
  await savePretrained(model, join(scratch, 'whole'));
  await savePretrained(model, join(scratch, 'sharded'), { maxShardBytes: 30_000 });
  model.dispose();
  for (const name of ['whole', 'sharded']) await writeFile(join(scratch, name, 'tokenizer.json'), TOKENIZER);
  whole = await filesIn(join(scratch, 'whole'));
  sharded = await filesIn(join(scratch, 'sharded'));
});
afterAll(() => rm(scratch, { recursive: true }));

beforeEach(() => serve(whole));
afterEach(() => hub.close());

async function serve(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  hub = await HubServer.start({
    kind: 'model',
    repository: REPOSITORY,
    commit: COMMIT,
    files: new Map([...files, ['pytorch_model.bin', new Uint8Array(9)], ['README.md', new Uint8Array(3)]]),
  });
  options = { endpoint: hub.endpoint, cacheDirectory: await mkdtemp(join(scratch, 'cache-')) };
}

async function filesIn(directory: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of await readdir(directory)) files.set(name, await readFile(join(directory, name)));
  return files;
}

const weights = (): Uint8Array => whole.get('model.safetensors') as Uint8Array;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const repositoryFolder = (): string => join(options.cacheDirectory, 'models--owner--model');

describe('downloadPretrained', () => {
  it('brings a model once, in the layout of huggingface_hub', async () => {
    const folder = await downloadPretrained(REPOSITORY, options);
    expect(folder).toBe(join(repositoryFolder(), 'snapshots', COMMIT));
    expect(await filesIn(folder)).toEqual(whole);
    expect(await readlink(join(folder, 'model.safetensors'))).toBe(`../../blobs/${sha256(weights())}`);
    expect(await readFile(join(repositoryFolder(), 'refs', 'main'), 'utf8')).toBe(COMMIT);
    // Nothing but what was asked for, and no trace of how it came.
    expect(await readdir(join(repositoryFolder(), 'blobs'))).toHaveLength(whole.size);

    const asked = hub.requests.length;
    expect(await downloadPretrained(REPOSITORY, options)).toBe(folder);
    expect(hub.requests.slice(asked).every(({ path }) => path.startsWith('/api/'))).toBe(true);
    const before = hub.requests.length;
    expect(await downloadPretrained(REPOSITORY, { ...options, revision: COMMIT })).toBe(folder);
    expect(hub.requests).toHaveLength(before);
  });

  it('brings the chat templates that have files of their own', async () => {
    await hub.close();
    const name = 'additional_chat_templates/tool_use.jinja';
    const others = ['additional_chat_templates/notes.txt', 'additional_chat_templates/old/tool_use.jinja'];
    const added = [name, ...others].map((each) => [each, new TextEncoder().encode(each)] as const);
    await serve(new Map([...whole, ...added]));
    const folder = await downloadPretrained(REPOSITORY, options);
    expect(await readFile(join(folder, name), 'utf8')).toBe(name);
    expect(await readdir(join(folder, 'additional_chat_templates'))).toEqual(['tool_use.jinja']);
  });

  it('completes what Python has brought of a commit, and hashes it', async () => {
    const snapshot = join(repositoryFolder(), 'snapshots', COMMIT);
    const pinned = { ...options, revision: COMMIT };
    await mkdir(snapshot, { recursive: true });
    await writeFile(join(snapshot, 'config.json'), whole.get('config.json') as Uint8Array);
    await writeFile(
      join(snapshot, 'model.safetensors'),
      weights().map((byte, index) => (index === 9_000 ? byte ^ 1 : byte)),
    );
    expect(await downloadPretrained(REPOSITORY, { ...pinned, offline: true })).toBe(snapshot);
    expect(await filesIn(await downloadPretrained(REPOSITORY, pinned))).toEqual(whole);
    // The Hub is not asked a second time.
    const before = hub.requests.length;
    await downloadPretrained(REPOSITORY, pinned);
    expect(hub.requests).toHaveLength(before);
  });

  it('brings the shards that the index names', async () => {
    await hub.close();
    await serve(sharded);
    const before = tf.memory().numTensors;
    const model = await loadPretrained(REPOSITORY, options);
    const local = await loadPretrained(join(scratch, 'whole'));
    for (const [name, variable] of local.parameters) {
      expect(model.parameters.get(name)!.dataSync()).toEqual(variable.dataSync());
    }
    model.dispose();
    local.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reports its progress in bytes of all files', async () => {
    const reports: DownloadProgress[] = [];
    await downloadPretrained(REPOSITORY, { ...options, onProgress: (progress) => reports.push(progress) });
    const total = [...whole.values()].reduce((sum, { length }) => sum + length, 0);
    expect(reports.at(-1)).toEqual({ file: 'model.safetensors', receivedBytes: total, totalBytes: total });
    const received = reports.map(({ receivedBytes }) => receivedBytes);
    expect(received).toEqual([...received].sort((a, b) => a - b));
  });

  it('goes on where a connection broke', async () => {
    hub.faults = { cutAfter: [10_000, 15_000] };
    const folder = await downloadPretrained(REPOSITORY, options);
    expect(await filesIn(folder)).toEqual(whole);
    const [first, second, third, ...more] = hub.downloads().map(({ range }) => range);
    expect(more).toEqual([]);
    expect(first).toBeUndefined();
    const starts = [second, third].map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
    expect(starts[0]).toBeGreaterThan(0);
    expect(starts[0]).toBeLessThanOrEqual(10_000);
    expect(starts[1]).toBeGreaterThan(starts[0]!);
  });

  it('goes on where an earlier call was ended, and hashes what was there', async () => {
    const stop = new AbortController();
    const onProgress = ({ file, receivedBytes }: DownloadProgress): void => {
      if (file === 'model.safetensors' && receivedBytes > 1_000) stop.abort(new Error('enough'));
    };
    hub.faults = { cutAfter: [20_000] };
    const ended = downloadPretrained(REPOSITORY, { ...options, onProgress, signal: stop.signal });
    await expect(ended).rejects.toThrow('enough');
    const partial = join(repositoryFolder(), 'blobs', `${sha256(weights())}.incomplete`);
    const { size } = await stat(partial);
    expect(size).toBeGreaterThan(0);

    expect(await filesIn(await downloadPretrained(REPOSITORY, options))).toEqual(whole);
    expect(hub.downloads().at(-1)?.range).toBe(`bytes=${size}-`);
  });

  it.each([
    ['a server that sends whole files', { ignoresRanges: true }],
    ['a server that refuses ranges', { refusesRanges: true }],
    ['a server that is busy', { busy: 2 }],
  ])('copes with %s', async (_, faults) => {
    hub.faults = { ...faults, cutAfter: [10_000] };
    expect(await filesIn(await downloadPretrained(REPOSITORY, options))).toEqual(whole);
  });

  it('starts over where what was there is no start of the file', async () => {
    await downloadPretrained(REPOSITORY, options);
    const blob = join(repositoryFolder(), 'blobs', sha256(weights()));
    await rm(blob);
    await writeFile(`${blob}.incomplete`, new Uint8Array(weights().length + 1));
    expect(await filesIn(await downloadPretrained(REPOSITORY, options))).toEqual(whole);
    // Of the right length, but not the file: the hash tells.
    await rm(blob);
    await writeFile(`${blob}.incomplete`, new Uint8Array(weights().length));
    expect(await filesIn(await downloadPretrained(REPOSITORY, options))).toEqual(whole);
  });

  it.each(['model.safetensors', 'tokenizer.json'])('refuses a %s whose hash is wrong', async (name) => {
    hub.faults = { corrupts: name };
    await expect(downloadPretrained(REPOSITORY, options)).rejects.toMatchObject({
      name: 'CheckpointError',
      code: 'checkpoint-corrupt',
      file: `${options.endpoint}/${REPOSITORY}/resolve/${COMMIT}/${name}`,
      expected: expect.stringMatching(/^[0-9a-f]{40,64}$/),
      found: expect.stringMatching(/^[0-9a-f]{40,64}$/),
    });
    hub.faults = {};
    expect(await filesIn(await downloadPretrained(REPOSITORY, options))).toEqual(whole);
  });

  it('gives up after attempts that bring nothing, and says how to go on', async () => {
    hub.faults = { cutAfter: Array(20).fill(0) };
    await expect(downloadPretrained(REPOSITORY, options)).rejects.toMatchObject({
      code: 'download-failed',
      expected: `${weights().length} bytes`,
      message: expect.stringContaining('try again'),
    });
  });

  it('says what does not exist, and what is not allowed', async () => {
    await expect(downloadPretrained('owner/other', options)).rejects.toMatchObject({
      code: 'checkpoint-not-found',
    });
    await expect(loadPretrained('owner/other', options)).rejects.toThrow(/neither a folder owner\/other/);
    await expect(downloadPretrained(REPOSITORY, { ...options, revision: 'v2' })).rejects.toMatchObject({
      code: 'checkpoint-not-found',
      message: expect.stringContaining('no revision v2'),
    });
    await expect(downloadPretrained(REPOSITORY, { ...options, revision: '../x' })).rejects.toMatchObject({
      code: 'invalid-option',
    });
    await expect(downloadPretrained('owner', options)).rejects.toMatchObject({ code: 'invalid-option' });
    hub.token = 'hf_secret';
    await expect(downloadPretrained(REPOSITORY, options)).rejects.toMatchObject({
      code: 'checkpoint-not-found',
    });
    hub.gated = true;
    await expect(downloadPretrained(REPOSITORY, options)).rejects.toMatchObject({
      code: 'access-denied',
      found: '403 Forbidden (GatedRepo)',
    });
  });

  it('shows its token to the Hub alone', async () => {
    hub.token = 'hf_secret';
    await downloadPretrained(REPOSITORY, { ...options, token: 'hf_secret' });
    const told = hub.requests.filter(({ authorization }) => authorization !== undefined);
    expect(told.length).toBeGreaterThan(3);
    expect(told.every(({ host }) => host?.startsWith('127.0.0.1'))).toBe(true);
    expect(hub.downloads()).toHaveLength(1);
  });

  it('says what a repository without safetensors has', async () => {
    await hub.close();
    await serve(new Map([['config.json', whole.get('config.json') as Uint8Array]]));
    await expect(downloadPretrained(REPOSITORY, options)).rejects.toMatchObject({
      code: 'pytorch-weights',
      file: `${options.endpoint}/${REPOSITORY}`,
    });
  });

  it('downloads no weights of a family that is not supported', async () => {
    await hub.close();
    const config = new TextEncoder().encode('{"model_type":"mixtral"}');
    await serve(new Map([...whole, ['config.json', config]]));
    await expect(loadPretrained(REPOSITORY, options)).rejects.toMatchObject({
      code: 'unsupported-architecture',
      found: 'model_type "mixtral"',
    });
    expect(hub.downloads()).toHaveLength(0);
  });

  it('works without a network from what it has, where that is asked for', async () => {
    const offline = { ...options, offline: true };
    await expect(downloadPretrained(REPOSITORY, offline)).rejects.toMatchObject({
      code: 'checkpoint-not-found',
    });
    const folder = await downloadPretrained(REPOSITORY, options);
    const { endpoint } = options;
    await hub.close();
    expect(await downloadPretrained(REPOSITORY, offline)).toBe(folder);
    await expect(downloadPretrained(REPOSITORY, options)).rejects.toMatchObject({
      code: 'download-failed',
      file: expect.stringContaining(endpoint as string),
      message: expect.stringContaining('offline: true'),
    });
    await serve(whole);
  });

  it('is told when what answers is not the Hub', async () => {
    await expect(downloadPretrained(REPOSITORY, { ...options, endpoint: 'nowhere' })).rejects.toMatchObject({
      code: 'invalid-option',
    });
    await expect(
      downloadPretrained(REPOSITORY, { ...options, endpoint: `${options.endpoint}/cdn/README.md?` }),
    ).rejects.toMatchObject({ code: 'download-failed' });
  });

  it('downloads once for two that ask at once, and takes over a lock that nobody holds', async () => {
    const blob = join(repositoryFolder(), 'blobs', sha256(weights()));
    const folders = await Promise.all([1, 2].map(() => downloadPretrained(REPOSITORY, options)));
    expect(folders[0]).toBe(folders[1]);
    expect(hub.downloads()).toHaveLength(1);
    await rm(blob);
    await writeFile(`${blob}.lock`, '');
    await utimes(`${blob}.lock`, new Date(0), new Date(0));
    expect(await filesIn(await downloadPretrained(REPOSITORY, options))).toEqual(whole);
  });
});

describe('loadPretrained', () => {
  it('keeps a repository’s tokenizer with the model', async () => {
    const model = await loadPretrained(REPOSITORY, options);
    const to = join(scratch, 'saved');
    await savePretrained(model, to);
    expect(await readFile(join(to, 'tokenizer.json'), 'utf8')).toBe(TOKENIZER);
    model.dispose();
  });
});
