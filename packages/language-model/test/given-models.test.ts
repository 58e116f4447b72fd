// Models that are not paths: addresses, files, and bytes. What only a browser has (its cache, CORS) is played here; the page of
// examples/browser-chat uses the real ones.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type CausalLanguageModel,
  createModel,
  loadPretrained,
  loadRewardModel,
  locateModel,
  type ModelSource,
  modelFiles,
  savePretrained,
} from '../src/index.js';

const GGUF = fileURLToPath(new URL('../fixtures/gguf/llama.gguf', import.meta.url));
const TOKENIZER = '{"added_tokens":[]}';
const COMPANIONS = [
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'chat_template.jinja',
];

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let scratch: string;
let gguf: Uint8Array<ArrayBuffer>;
let whole: Map<string, Uint8Array<ArrayBuffer>>;
let sharded: Map<string, Uint8Array<ArrayBuffer>>;
let server: Server;
let origin: string;
/** Requests, in order. */
let asked: string[];
/** Answers to be given instead of the files, by path. */
let instead: Map<string, Answer>;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'given-'));
  const model = createModel({ vocabularySize: 64, hiddenSize: 32, layerCount: 1, headCount: 4 }, { seed: 1 });
  await savePretrained(model, join(scratch, 'whole'));
  await savePretrained(model, join(scratch, 'sharded'), { maxShardBytes: 30_000 });
  model.dispose();
  whole = (await filesIn('whole')).set('tokenizer.json', new TextEncoder().encode(TOKENIZER));
  sharded = await filesIn('sharded');
  gguf = new Uint8Array(await readFile(GGUF));
  const files = new Map<string, Uint8Array>([['/model.gguf', gguf]]);
  for (const [name, content] of whole) files.set(`/whole/${name}`, content);
  for (const [name, content] of sharded) files.set(`/sharded/${name}`, content);
  server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://host').pathname;
    asked.push(`${request.method} ${path}`);
    const answer = instead.get(path);
    const file = files.get(path);
    if (answer !== undefined) answer(request, response);
    else if (file === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-length': file.length, etag: '"1"' }).end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await rm(scratch, { recursive: true });
});
beforeEach(() => {
  asked = [];
  instead = new Map();
});
afterEach(() => vi.unstubAllGlobals());

async function filesIn(name: string): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const folder = join(scratch, name);
  const names = await readdir(folder);
  return new Map(
    await Promise.all(
      names.map(async (file) => [file, new Uint8Array(await readFile(join(folder, file)))] as const),
    ),
  );
}

const asFile = ([name, content]: readonly [string, Uint8Array<ArrayBuffer>]): File =>
  new File([content], name);

async function weightsOf(model: CausalLanguageModel): Promise<Map<string, number[]>> {
  const entries = [...model.parameters].map(
    async ([name, variable]): Promise<[string, number[]]> => [name, [...(await variable.data())]],
  );
  return new Map(await Promise.all(entries));
}

async function same(source: ModelSource, path: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const before = tf.memory().numTensors;
  const [given, onDisk] = [await loadPretrained(source), await loadPretrained(path)];
  expect(await weightsOf(given)).toEqual(await weightsOf(onDisk));
  expect(given.configuration).toEqual(onDisk.configuration);
  const files = modelFiles(given);
  given.dispose();
  onDisk.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return files;
}

describe('loadPretrained', () => {
  it('loads a GGUF file from an address, a File, a Blob, and bytes', async () => {
    const sources: ModelSource[] = [
      `${origin}/model.gguf?download=true`,
      new URL(`${origin}/model.gguf`),
      asFile([basename(GGUF), gguf]),
      new Blob([gguf]),
      gguf,
      gguf.buffer,
      [asFile(['README.md', gguf.slice(0, 3)]), asFile(['llama.GGUF', gguf])],
      { 'llama.gguf': new Blob([gguf]) },
    ];
    for (const source of sources) expect((await same(source, GGUF)).has('tokenizer.json')).toBe(true);
  });

  it('loads a folder from an address, its Files, and contents by name', async () => {
    const path = join(scratch, 'whole');
    const asText = (name: string): string => new TextDecoder().decode(whole.get(name));
    const sources: ModelSource[] = [
      `${origin}/whole`,
      new URL(`${origin}/whole/`),
      [...whole].map(asFile),
      { ...Object.fromEntries(whole), 'config.json': asText('config.json') },
      whole,
    ];
    for (const source of sources) {
      expect(new TextDecoder().decode((await same(source, path)).get('tokenizer.json'))).toBe(TOKENIZER);
    }
  });

  it('brings the chat templates that have files of their own', async () => {
    const [first, second] = ['chat_template.jinja', 'additional_chat_templates/tool_use.jinja'] as const;
    for (const name of [first, second]) instead.set(`/whole/${name}`, (_, response) => response.end(name));
    const template = (name: string): readonly [string, Uint8Array<ArrayBuffer>] => [
      name,
      new TextEncoder().encode(name),
    ];
    const contents = [...whole, template(first), template(second)];
    const chosen = contents.map(([name, content]) => {
      const file = asFile([basename(name), content]);
      return Object.defineProperty(file, 'webkitRelativePath', { value: `mine/${name}` });
    });
    for (const source of [`${origin}/whole`, Object.fromEntries(contents), chosen] as ModelSource[]) {
      const files = await same(source, join(scratch, 'whole'));
      for (const name of [first, second]) expect(new TextDecoder().decode(files.get(name))).toBe(name);
    }
    // A name that leads elsewhere is none of a template.
    const outside = 'additional_chat_templates/../../a.jinja';
    const source = Object.fromEntries([...contents, template(outside)]);
    expect((await same(source, join(scratch, 'whole'))).has(outside)).toBe(false);
  });

  it('takes file: URLs for paths, and says what is no address', async () => {
    const { href } = pathToFileURL(join(scratch, 'whole'));
    for (const source of [href, new URL(href)]) await same(source, join(scratch, 'whole'));
    expect(await locateModel(href)).toBe(join(scratch, 'whole'));
    for (const source of ['https://', 'http://exa mple/x', 'file://other-host/x']) {
      await expect(loadPretrained(source)).rejects.toMatchObject({
        name: 'CheckpointError',
        code: 'checkpoint-not-found',
        file: source,
      });
    }
  });

  it('loads shards, and fetches each once', async () => {
    await same(`${origin}/sharded`, join(scratch, 'sharded'));
    const shards = asked.filter((line) => /-of-/.test(line));
    expect(shards.length).toBeGreaterThan(1);
    expect(new Set(shards).size).toBe(shards.length);
  });

  it('takes the files of a chosen folder, without those of folders in it', async () => {
    const chosen = [...whole].map(asFile).concat(new File(['{'], 'config.json'));
    for (const [index, file] of chosen.entries()) {
      const path = index === whole.size ? 'mine/adapter/config.json' : `mine/${file.name}`;
      Object.defineProperty(file, 'webkitRelativePath', { value: path });
    }
    await same(chosen, join(scratch, 'whole'));
  });

  it('tells how many bytes of how many have come', async () => {
    const told: [number, number][] = [];
    const model = await loadPretrained(`${origin}/model.gguf`, {
      onProgress: ({ file, receivedBytes, totalBytes }) => {
        expect(file).toBe(`${origin}/model.gguf`);
        told.push([receivedBytes, totalBytes]);
      },
    });
    model.dispose();
    expect(told.at(-1)).toEqual([gguf.length, gguf.length]);
    for (const [received, total] of told) expect(received).toBeLessThanOrEqual(total);
  });

  it('ends with the reason of the signal, while a file is on its way', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    instead.set('/model.gguf', (_, response) => {
      response.writeHead(200, { 'content-length': gguf.length }).write(gguf.subarray(0, 100));
    });
    const loading = loadPretrained(`${origin}/model.gguf`, {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(loading).rejects.toBe(reason);
    await expect(loadPretrained(gguf, { signal: controller.signal })).rejects.toBe(reason);
  });

  it.each<[string, string, Answer]>([
    ['checkpoint-not-found', 'does not exist', (_, response) => response.writeHead(404).end()],
    ['access-denied', 'token', (_, response) => response.writeHead(403).end()],
    ['download-failed', '503', (_, response) => response.writeHead(503).end()],
    [
      'wrong-content',
      'web page',
      (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'),
    ],
    ['checkpoint-corrupt', 'not a GGUF file', (_, response) => response.end('version https://git-lfs')],
    ['checkpoint-corrupt', 'truncated', (_, response) => response.end(gguf.subarray(0, gguf.length - 9))],
    [
      'truncated-download',
      'broke off',
      (_, response) => {
        response.writeHead(200, { 'content-length': gguf.length }).write(gguf.subarray(0, 100), () => {
          response.destroy();
        });
      },
    ],
    ['download-failed', 'cannot be reached', (request) => request.socket.destroy()],
  ])('says what is wrong with an answer: %s, %s', async (code, words, answer) => {
    instead.set('/model.gguf', answer);
    const before = tf.memory().numTensors;
    await expect(loadPretrained(`${origin}/model.gguf`)).rejects.toMatchObject({
      name: 'CheckpointError',
      code,
      file: `${origin}/model.gguf`,
      message: expect.stringContaining(words),
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes a web page for a missing file where a folder may lack it', async () => {
    const page: Answer = (_, response) =>
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html>');
    for (const name of ['added_tokens.json', 'chat_template.jinja']) instead.set(`/whole/${name}`, page);
    expect([...(await same(`${origin}/whole`, join(scratch, 'whole'))).keys()].sort()).toEqual([
      'generation_config.json',
      'tokenizer.json',
    ]);
    instead.set('/whole/config.json', page);
    await expect(loadPretrained(`${origin}/whole`)).rejects.toMatchObject({ code: 'wrong-content' });
  });

  it('takes 403 for a missing file on a server that gave config.json, as S3 answers', async () => {
    const forbidden: Answer = (_, response) =>
      response.writeHead(403, { 'content-type': 'application/xml' }).end('<Code>AccessDenied</Code>');
    const companions = ['added_tokens.json', 'vocab.json', 'merges.txt', 'chat_template.jinja'];
    for (const folder of ['whole', 'sharded']) {
      for (const name of [...companions, 'special_tokens_map.json', 'tokenizer_config.json'])
        instead.set(`/${folder}/${name}`, forbidden);
    }
    instead.set('/sharded/model.safetensors', forbidden);
    await same(`${origin}/whole`, join(scratch, 'whole'));
    await same(`${origin}/sharded`, join(scratch, 'sharded'));
    const denied = (name: string) => ({ code: 'access-denied', file: `${origin}/sharded/${name}` });
    const shard = [...sharded.keys()].find((name) => /-of-/.test(name)) as string;
    for (const name of [shard, 'model.safetensors.index.json', 'config.json']) {
      instead.set(`/sharded/${name}`, forbidden);
      await expect(loadPretrained(`${origin}/sharded`)).rejects.toMatchObject(denied(name));
    }
  });

  it.each<[string, ModelSource, string]>([
    ['pytorch-weights', [new File([''], 'pytorch_model.bin')], 'files'],
    ['gguf-file', { 'a.gguf': '', 'b.gguf': '' }, 'files'],
    ['not-a-model', [], 'files'],
    ['not-a-model', new File(['{}'], 'config.json'), 'config.json'],
    ['not-a-model', new Uint8Array(2), 'the bytes'],
  ])('says what files are instead: %s', async (code, source, file) => {
    await expect(loadPretrained(source)).rejects.toMatchObject({ name: 'CheckpointError', code, file });
  });

  it('says that WASM cannot hold a model before it reads a weight', async () => {
    const memory = { ...tf.memory(), numBytes: 2 ** 32 - 1000 };
    const spies = [
      vi.spyOn(tf.engine(), 'memory').mockReturnValue(memory),
      vi.spyOn(tf.engine(), 'backendName', 'get').mockReturnValue('wasm'),
    ];
    const loading = loadPretrained(join(scratch, 'whole'));
    await expect(loading).rejects.toMatchObject({
      code: 'out-of-memory',
      expected: expect.stringContaining('1000'),
    });
    for (const spy of spies) spy.mockRestore();
  });

  it('says for which tensor there was no memory', async () => {
    const before = tf.memory().numTensors;
    const content = whole.get('model.safetensors') as Uint8Array<ArrayBuffer>;
    const full = new File([content], 'model.safetensors');
    full.slice = (from, to) => {
      // Past the header, as if an array could not be made.
      if ((from ?? 0) > content.length / 2) throw new RangeError('Array buffer allocation failed');
      return new Blob([content]).slice(from, to);
    };
    await expect(
      loadPretrained({ ...Object.fromEntries(whole), 'model.safetensors': full }),
    ).rejects.toMatchObject({
      code: 'out-of-memory',
      tensor: expect.stringContaining('weight'),
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** As a page's Cache Storage, as far as it is used. */
function playCaches(): { kept: Map<string, Response>; full: boolean } {
  const state = { kept: new Map<string, Response>(), full: false };
  vi.stubGlobal('caches', {
    open: async () => ({
      match: async (url: string) => state.kept.get(url)?.clone(),
      put: async (url: string, response: Response) => {
        const body = await response.arrayBuffer();
        if (state.full) throw Object.assign(new Error('full'), { name: 'QuotaExceededError' });
        state.kept.set(url, new Response(body, { headers: response.headers }));
      },
    }),
  });
  return state;
}

describe('the cache of a page', () => {
  const url = (): string => `${origin}/model.gguf`;
  const load = async (options = {}): Promise<string[]> => {
    asked = [];
    (await loadPretrained(url(), options)).dispose();
    return asked;
  };

  it('keeps what was fetched, as long as the server has the same', async () => {
    const { kept } = playCaches();
    expect(await load()).toEqual(['GET /model.gguf']);
    expect(await load()).toEqual(['HEAD /model.gguf']);
    expect(await load({ cache: false })).toEqual(['GET /model.gguf']);
    instead.set('/model.gguf', (_, response) => {
      response.writeHead(200, { 'content-length': gguf.length, etag: '"2"' }).end(gguf);
    });
    expect(await load()).toEqual(['HEAD /model.gguf', 'GET /model.gguf']);
    expect(kept.get(url())?.headers.get('etag')).toBe('"2"');
    expect(await load()).toEqual(['HEAD /model.gguf']);
  });

  it('serves when the server does not answer, and when nobody is to be asked', async () => {
    playCaches();
    await expect(loadPretrained(url(), { offline: true })).rejects.toMatchObject({ code: 'offline' });
    await load();
    instead.set('/model.gguf', (request) => request.socket.destroy());
    expect(await load()).toEqual(['HEAD /model.gguf']);
    expect(await load({ offline: true })).toEqual([]);
  });

  it('keeps nothing of a download that breaks off, nor where there is no room', async () => {
    const state = playCaches();
    instead.set('/model.gguf', (_, response) => {
      response.writeHead(200, { 'content-length': gguf.length }).write(gguf.subarray(0, 100), () => {
        response.destroy();
      });
    });
    await expect(loadPretrained(url())).rejects.toMatchObject({ code: 'truncated-download' });
    expect(state.kept.size).toBe(0);
    instead.clear();
    state.full = true;
    expect(await load()).toEqual(['GET /model.gguf', 'GET /model.gguf']);
    vi.stubGlobal('navigator', { storage: { estimate: async () => ({ quota: 1000, usage: 900 }) } });
    expect(await load()).toEqual(['GET /model.gguf']);
    expect(state.kept.size).toBe(0);
  });

  it.each(['whole', 'sharded'])('serves a folder without the files that it lacks: %s', async (name) => {
    const state = playCaches();
    const page: Answer = (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>');
    instead.set(`/${name}/vocab.json`, page);
    const loaded = async (options = {}): Promise<string[]> => {
      const model = await loadPretrained(`${origin}/${name}`, options);
      model.dispose();
      return [...modelFiles(model).keys()].sort();
    };
    const files = await loaded();
    asked = [];
    expect(await loaded({ offline: true })).toEqual(files);
    expect(asked).toEqual([]);
    const all = [
      'config.json',
      'model.safetensors.index.json',
      ...COMPANIONS,
      ...sharded.keys(),
      ...whole.keys(),
    ];
    for (const answer of [
      (request: IncomingMessage) => request.socket.destroy(),
      (_: IncomingMessage, response: ServerResponse) => response.writeHead(503).end(),
    ]) {
      for (const file of all) instead.set(`/${name}/${file}`, answer);
      expect(await loaded()).toEqual(files);
    }
    instead.clear();
    // What the server has now is fetched.
    instead.set(`/${name}/vocab.json`, (_, response) => response.end('{}'));
    expect(await loaded()).toEqual([...files, 'vocab.json'].sort());
    // And what it no longer has is forgotten; what it only forbids is not.
    instead.set(`/${name}/vocab.json`, (_, response) => response.writeHead(403).end());
    await expect(loaded()).rejects.toMatchObject({ code: 'access-denied' });
    instead.clear();
    expect(await loaded()).toEqual(files);
    expect(await loaded({ offline: true })).toEqual(files);
    state.kept.delete(`${origin}/${name}/vocab.json`);
    await expect(loaded({ offline: true })).rejects.toMatchObject({ code: 'offline' });
  });

  it('does not keep that a file is missing which every model has', async () => {
    const { kept } = playCaches();
    await expect(loadPretrained(`${origin}/nowhere`)).rejects.toMatchObject({ code: 'checkpoint-not-found' });
    expect(kept.size).toBe(0);
  });

  it('does not ask again for what lies at a commit', async () => {
    playCaches();
    const file = `/owner/name/resolve/${'c'.repeat(40)}/model.gguf`;
    instead.set(file, (_, response) => response.end(gguf));
    (await loadPretrained(`${origin}${file}`)).dispose();
    asked = [];
    (await loadPretrained(`${origin}${file}`)).dispose();
    expect(asked).toEqual([]);
  });
});

describe('a page', () => {
  /** As in a page: no built-in modules of Node, and an address of its own. */
  function playPage(fetched: typeof fetch = fetch): void {
    vi.stubGlobal('location', new URL(`${origin}/app/index.html`));
    vi.stubGlobal('fetch', fetched);
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
  }
  afterEach(() => vi.restoreAllMocks());

  it('takes addresses relative to itself, and repositories on the Hub', async () => {
    playPage();
    (await loadPretrained('../model.gguf')).dispose();
    (await loadPretrained('/whole')).dispose();
    for (const [name, content] of whole) {
      instead.set(`/owner/name/resolve/v1/${name}`, (_, response) => response.end(content));
    }
    (await loadPretrained('owner/name', { endpoint: origin, revision: 'v1', token: 'secret' })).dispose();
    await expect(loadPretrained('model')).rejects.toMatchObject({ code: 'checkpoint-not-found' });
    await expect(loadRewardModel('/whole')).rejects.toMatchObject({ code: 'unsupported-architecture' });
  });

  it('says that another server forbids reading, or that there is no network', async () => {
    const blocked: typeof fetch = async (_, init) => {
      if (init?.mode === 'no-cors') return new Response();
      throw new TypeError('Failed to fetch');
    };
    playPage(blocked);
    await expect(loadPretrained('https://models.test/model.gguf')).rejects.toMatchObject({
      code: 'blocked-by-cors',
      message: expect.stringContaining('Access-Control-Allow-Origin'),
    });
    vi.stubGlobal('navigator', { onLine: false });
    await expect(loadPretrained('https://models.test/model.gguf')).rejects.toMatchObject({ code: 'offline' });
  });
});
