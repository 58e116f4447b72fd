import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectRecords, syntheticSource } from '@ais/data';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HubServer } from '../../../runtime/test/hub-server.js';
import { openCorpus } from './corpus.js';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../data/fixtures/${name}`, import.meta.url));
const tokenizer = fixture('.');
const data = { records: 3, heldOut: 3, maxPromptTokens: 512, maxResponseTokens: 128 };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-corpus-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

it('reads Parquet, and splits it without a record in two splits', async () => {
  const source = fixture('sources/tldr-3-filtered.parquet');
  const corpus = await openCorpus({ source, seed: 1, data }, { supervised: 1 }, tokenizer);
  expect(corpus.examples('supervised', 1)[0]?.record.id).toMatch(/^t3_/);
});

it('knows no other source', async () => {
  await expect(openCorpus({ source: 'posts.csv', seed: 1, data }, {}, tokenizer)).rejects.toMatchObject({
    name: 'UnknownSourceError',
  });
});

describe('of a data set on the Hub', () => {
  let server: HubServer;
  beforeEach(async () => {
    const posts = await collectRecords(syntheticSource({ seed: 3, count: 7 }));
    const lines = (records: readonly object[]): Uint8Array =>
      new TextEncoder().encode(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    server = await HubServer.start({
      kind: 'dataset',
      repository: 'somebody/posts',
      commit: '0123456789abcdef0123456789abcdef01234567',
      files: new Map([
        ['train.jsonl', lines(posts.slice(0, 4))],
        ['validation.jsonl', lines(posts.slice(4))],
      ]),
    });
    vi.stubEnv('HF_ENDPOINT', server.endpoint);
    vi.stubEnv('HF_HUB_CACHE', folder);
  });
  afterEach(() => server.close());

  it('learns from its train split in every stage and evaluates on its validation split', async () => {
    const settings = { source: 'somebody/posts', seed: 1, data };
    const corpus = await openCorpus(settings, { supervised: 4, evaluation: 3 }, tokenizer);
    const ids = (split: 'supervised' | 'reward' | 'preference' | 'evaluation', count: number): string[] =>
      corpus.examples(split, count).map(({ id }) => id);
    const train = ids('supervised', 4);
    expect(ids('reward', 4)).toEqual(train);
    expect(ids('preference', 4)).toEqual(train);
    const held = ids('evaluation', 3);
    expect(new Set([...train, ...held]).size).toBe(7);
    expect(() => corpus.examples('supervised', 5)).toThrow(/4/);
  });

  it('asks for the validation split only where it is evaluated on', async () => {
    await openCorpus({ source: 'somebody/posts', seed: 1, data }, { supervised: 4 }, tokenizer);
    const files = server.requests.map(({ path }) => path).filter((path) => path.includes('resolve'));
    expect(files.join()).not.toContain('validation');
  });
});
