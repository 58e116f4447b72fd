import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLock } from '@ais/runtime/files';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import json from '../../fixtures/tokenizer.json' with { type: 'json' };
import { DataError } from '../errors.js';
import { collectRecords } from '../records/collect-records.js';
import { readFaults } from '../records/read-report.js';
import type { ComparisonRecord, Source, TextRecord } from '../records/record.js';
import { syntheticSource } from '../sources/synthetic-source.js';
import { parsePrompt, tldr } from '../templates/tldr.js';
import { tokenizeComparison } from '../tokenize/tokenize-comparison.js';
import { tokenizeRecord } from '../tokenize/tokenize-record.js';
import { createTokenizer } from '../tokenizer/tokenizer.js';
import type { TokenizerJson } from '../tokenizer/tokenizer-json.js';
import { type PrepareDatasetOptions, prepareDataset } from './prepare-dataset.js';
import { openPreparedDataset } from './prepared-dataset.js';

const tokenizer = createTokenizer(json as TokenizerJson);
/** Two parts. */
const COUNT = 2300;
let scratch = '';
let records: TextRecord[] = [];
/** The record with another post or another title. */
const changed = (record: TextRecord, fields: { post?: string; title?: string }): TextRecord => {
  const { text, cut } = tldr.prompt({ ...parsePrompt(record.prompt)!, ...fields });
  return { ...record, prompt: text, cut: cut! };
};
const postOf = ({ prompt }: TextRecord): string => parsePrompt(prompt)?.post ?? '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-data-prepare-'));
  records = await collectRecords(syntheticSource({ seed: 17, count: COUNT }));
  // A duplicate up to case and white space, a family across the set, and one post twice with two summaries.
  records[2200] = {
    ...changed(records[7]!, { post: ` ${postOf(records[7]!).toUpperCase()}\n` }),
    id: 'copy',
  };
  records[2201] = { ...records[8]!, id: 'again', response: ' something else' };
  for (const index of [1, 1000, 2290]) records[index] = { ...records[index]!, family: 'family' };
  for (let index = 20; index < 40; index++) {
    const record = records[index]!;
    const post = postOf(record);
    records[index] = changed(record, { post: `${post}\n${post}\n${'more of it '.repeat(200)}` });
  }
  records[2202] = { ...records[2202]!, response: ' ' };
});
afterAll(() => rm(scratch, { recursive: true }));

const listed = <R>(of: readonly R[], name = 'listed'): Source<R> => ({
  name,
  async *records() {
    yield* of;
  },
});
const prepare = (directory: string, options: Partial<PrepareDatasetOptions> = {}) =>
  prepareDataset({
    source: listed(records),
    tokenizer,
    directory: join(scratch, directory),
    maxPromptTokens: 300,
    threads: 1,
    ...options,
  } as PrepareDatasetOptions);

async function contents(directory: string): Promise<Record<string, string>> {
  const names = (await readdir(join(scratch, directory), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const read = names.map(async (name) => [
    name.slice(join(scratch, directory).length),
    (await readFile(name)).toString('base64'),
  ]);
  return Object.fromEntries(await Promise.all(read));
}

describe('prepareDataset', () => {
  it('writes what tokenizing the records one by one gives, and says what it did', async () => {
    const manifest = await prepare('plain');
    expect(manifest).toMatchObject({
      records: COUNT - 2,
      dropped: { duplicate: 1, 'empty-response': 1 },
      leaks: [],
      boundaryMerges: 0,
      source: { name: 'listed', records: COUNT, skipped: 0 },
    });
    const dropped = (await readFile(join(scratch, 'plain', 'dropped.jsonl'), 'utf8')).trim().split('\n');
    expect(dropped.map((line) => JSON.parse(line))).toEqual([
      { id: records[2202]!.id, reason: 'empty-response', detail: 'the response is empty' },
      { id: 'copy', reason: 'duplicate', detail: `the same as ${records[7]!.id}` },
    ]);
    const { split } = await openPreparedDataset(join(scratch, 'plain'), { kind: 'text' });
    const kept = new Map(records.map((record) => [record.id, record]));
    const sides = new Map<string, string>();
    let truncated = 0;
    for (const [name, { lengths, records: count }] of Object.entries(manifest.splits)) {
      let prompt = 0;
      for await (const { record, example } of split(name).rows()) {
        expect(record).toEqual(kept.get(record.id));
        expect(example).toEqual(tokenizeRecord(record as TextRecord, tokenizer, { maxPromptTokens: 300 }));
        sides.set(record.id, name);
        prompt += example.prompt.length;
        if (example.truncated) truncated++;
      }
      expect(split(name).records).toBe(count);
      expect(lengths['promptTokens']).toMatchObject({ count, total: prompt });
    }
    expect(sides.size).toBe(COUNT - 2);
    expect(truncated).toBe(manifest.truncated);
    expect(truncated).toBeGreaterThan(10);
    expect(new Set([1, 1000, 2290].map((index) => sides.get(records[index]!.id))).size).toBe(1);
    expect(sides.get('again')).toBe(sides.get(records[8]!.id));
  });

  it('resumes where it was interrupted, to the same bytes', async () => {
    const stop = new AbortController();
    const interrupted = prepare('resumed', {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' });
    await expect(openPreparedDataset(join(scratch, 'resumed'))).rejects.toMatchObject({
      code: 'invalid-prepared-data',
    });
    // Half a part, as a killed process leaves it.
    await writeFile(join(scratch, 'resumed', 'parts', '000001.arrow'), 'half');
    await writeFile(join(scratch, 'resumed', '.train.arrow.tmp-1-01234567'), 'half');
    await writeFile(join(scratch, 'resumed', 'tokenizer', '.tokenizer.json.tmp-1-01234567'), 'half');
    await expect(prepare('resumed', { seed: 18 })).rejects.toMatchObject({ code: 'folder-occupied' });
    const resumed: number[] = [];
    await prepare('resumed', { onProgress: (progress) => resumed.push(progress.resumed) });
    expect(Math.max(...resumed)).toBe(2048);
    expect(await contents('resumed')).toEqual(await contents('plain'));
  });

  it('stops in the look for leaks, and resumes to the same bytes', async () => {
    const stop = new AbortController();
    const interrupted = prepare('leaks-unseen', {
      signal: stop.signal,
      onProgress: ({ step }) => step === 'check' && stop.abort(),
    });
    await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' });
    await prepare('leaks-unseen');
    expect(await contents('leaks-unseen')).toEqual(await contents('plain'));
  });

  it('begins again where a full disk left no settings, and leaves the parts of others alone', async () => {
    await mkdir(join(scratch, 'full', 'parts', 'tokenizer'), { recursive: true });
    await mkdir(join(scratch, 'full', 'tokenizer'));
    await prepare('full');
    expect(await contents('full')).toEqual(await contents('plain'));

    // A kill while the folder was taken has left this, which is waited for: each look at the clock finds it a second later.
    await mkdir(join(scratch, 'killed', 'parts', 'prepare.lock.guard'), { recursive: true });
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 1000;
      return now;
    });
    await prepare('killed');
    clock.mockRestore();
    expect(await contents('killed')).toEqual(await contents('plain'));

    await mkdir(join(scratch, 'foreign', 'parts'), { recursive: true });
    await writeFile(join(scratch, 'foreign', 'parts', 'wheel.txt'), 'mine');
    await expect(prepare('foreign')).rejects.toMatchObject({ code: 'folder-occupied' });
  });

  it('leaves a folder alone in which another process is at work', async () => {
    const release = await takeLock(join(scratch, 'busy', 'parts', 'prepare.lock'));
    await expect(prepare('busy')).rejects.toMatchObject({ code: 'in-use', path: join(scratch, 'busy') });
    await release();
    await rm(join(scratch, 'busy'), { recursive: true });
  });

  it('does not take over parts of other records', async () => {
    const stop = new AbortController();
    const source = listed(records.map((record) => changed(record, { title: 'Another' })));
    await expect(
      prepare('changed', { source, signal: stop.signal, onProgress: () => stop.abort() }),
    ).rejects.toMatchObject({ name: 'AbortError' });
    await prepare('changed');
    expect(await contents('changed')).toEqual(await contents('plain'));
  });

  it('has another fingerprint for other settings, records and tokenizers', async () => {
    const some = { source: listed(records.slice(0, 50)) };
    const { vocab, ...model } = json.model;
    const other = createTokenizer({
      ...(json as TokenizerJson),
      model: { ...model, type: 'BPE', vocab, merges: json.model.merges.slice(0, -1) },
    });
    const fingerprints = await Promise.all([
      prepare('a', some),
      prepare('b', { ...some, maxPromptTokens: 200 }),
      prepare('c', { source: listed(records.slice(0, 51)) }),
      prepare('d', { ...some, tokenizer: other }),
    ]);
    expect(new Set(fingerprints.map(({ fingerprint }) => fingerprint)).size).toBe(4);
  });

  it('stops at a record that cannot be cut to fit, or drops and counts it', async () => {
    const source = listed([...records.slice(0, 3), changed(records[3]!, { title: 'long '.repeat(400) })]);
    await expect(prepare('stops', { source })).rejects.toMatchObject({
      code: 'empty-post',
      place: { record: records[3]!.id },
    });
    const placed = listed(
      [records[0]!, changed(records[3]!, { title: 'long '.repeat(400) })].map((record, index) => ({
        ...record,
        place: { file: 'posts.csv', line: index + 2 },
      })),
    );
    await expect(prepare('placed', { source: placed })).rejects.toThrow(/\(posts\.csv, line 3\)/);
    const manifest = await prepare('skips', { source, longPrompts: 'drop' });
    expect(manifest.dropped).toEqual({ 'empty-post': 1 });
    expect(manifest.records).toBe(3);
  });

  it('prepares comparisons, without identical and empty responses', async () => {
    const pair = (id: string, fields: Partial<ComparisonRecord> = {}): ComparisonRecord => ({
      id,
      prompt: `SUBREDDIT: r/soup\n\nTITLE: Soup\n\nPOST: I made soup ${id}.\n\nTL;DR:`,
      chosen: ' Made soup.',
      rejected: ' Something.',
      ...fields,
    });
    const pairs = [
      pair('one'),
      pair('two', { chosen: ' ' }),
      pair('three', { chosen: ' Something.' }),
      pair('four', { prompt: 'word '.repeat(500) }),
      pair('five', { prompt: 'No template' }),
      pair('six', { prompt: pair('one').prompt }),
      pair('seven', { rejected: '<|endoftext|>' }),
      pair('eight', { chosen: `${'the same start '.repeat(5)}good`, rejected: 'the same start '.repeat(6) }),
    ];
    const directory = join(scratch, 'pairs');
    const manifest = await prepareDataset({
      kind: 'comparisons',
      source: listed(pairs),
      tokenizer,
      directory,
      splits: { train: 1 },
      maxResponseTokens: 20,
      longPrompts: 'drop',
      threads: 1,
    });
    expect(manifest.dropped).toEqual({
      'empty-response': 2,
      'identical-responses': 2,
      'prompt-too-long': 1,
      duplicate: 1,
    });
    const { split } = await openPreparedDataset(directory, { kind: 'comparisons' });
    const examples = await split('train').examples();
    expect(examples).toEqual([pairs[0]!, pairs[4]!].map((record) => tokenizeComparison(record, tokenizer)));
    await expect(openPreparedDataset(directory, { kind: 'text' })).rejects.toThrow(/holds comparisons/);
  });

  it('keeps what is known of comparisons: numbers, and which responses were cut off', async () => {
    const pairs: ComparisonRecord[] = [
      { id: 'a', prompt: 'Soup?', chosen: ' Yes.', rejected: ' No', cutOff: ['rejected'] },
      { id: 'b', prompt: 'Bread?', chosen: ' Yes', rejected: ' No', cutOff: ['chosen', 'rejected'] },
      { id: 'c', prompt: 'Cake?', chosen: ' Yes.', rejected: ' No.', numbers: { margin: 0.1, 'a b': -2e-7 } },
    ];
    const directory = join(scratch, 'known');
    const prepared = (source: readonly ComparisonRecord[], to: string) =>
      prepareDataset({
        kind: 'comparisons',
        source: listed(source),
        tokenizer,
        directory: to,
        splits: { train: 1 },
        threads: 1,
      });
    await prepared(pairs, directory);
    const { split } = await openPreparedDataset(directory, { kind: 'comparisons' });
    const examples = pairs.map((record) => tokenizeComparison(record, tokenizer));
    const rows = [];
    for await (const row of split('train').rows()) rows.push(row);
    expect(rows).toEqual(pairs.map((record, index) => ({ record, example: examples[index] })));
    expect(await split('train').examples()).toEqual(examples);
    expect([...(await split('train').storedExamples())]).toEqual(examples);
    expect([...(await split('train').storedRecords())]).toEqual(pairs);
    expect((await split('train').storedRecords()).at(1)).toEqual(pairs[1]);

    const wrong = { ...pairs[2]!, numbers: { margin: Number.NaN } };
    await expect(prepared([wrong], join(scratch, 'wrong'))).rejects.toMatchObject({
      code: 'invalid-record',
      place: { record: 'c', field: 'margin' },
    });
  });

  it('takes records for duplicates where their whole prompts are the same, not only what may be cut of them', async () => {
    const context = 'The ball is red and big.';
    const asked = (id: string, question: string, fields: Partial<TextRecord> = {}): TextRecord => ({
      id,
      prompt: `${context}\n${question}`,
      cut: [0, context.length],
      response: ' Yes.',
      ...fields,
    });
    const texts = [
      asked('red', 'Is it red?'),
      asked('big', 'Is it big?'),
      asked('again', 'is it  RED?'),
      asked('uncut', 'Is it big?', { cut: [0, 8] }),
      asked('small', 'Is it big?', { response: ' No.' }),
    ];
    const manifest = await prepare('questions', { source: listed(texts) });
    expect(manifest.dropped).toEqual({ duplicate: 2 });
    expect(await readFile(join(scratch, 'questions', 'dropped.jsonl'), 'utf8')).toBe(
      '{"id":"again","reason":"duplicate","detail":"the same as red"}\n' +
        '{"id":"uncut","reason":"duplicate","detail":"the same as big"}\n',
    );
    // What is known of one answer is known of the other: a split has all three.
    expect(Object.values(manifest.splits).map(({ records }) => records)).toContain(3);

    const pairs = texts.map(({ response, ...text }) => ({ ...text, chosen: response, rejected: ' Maybe.' }));
    const compared = await prepareDataset({
      kind: 'comparisons',
      source: listed(pairs),
      tokenizer,
      directory: join(scratch, 'compared-questions'),
      threads: 1,
    });
    expect(compared.dropped).toEqual({ duplicate: 2 });
    expect(Object.values(compared.splits).map(({ records }) => records)).toContain(3);
  });

  it('does not resume a preparation of another version', async () => {
    const stop = new AbortController();
    await expect(
      prepare('older', { signal: stop.signal, onProgress: () => stop.abort() }),
    ).rejects.toMatchObject({ name: 'AbortError' });
    const settings = join(scratch, 'older', 'parts', 'settings.json');
    // The last version that compared what may be cut of a prompt in place of the prompt.
    const older = { ...JSON.parse(await readFile(settings, 'utf8')), formatVersion: 2, parts: 2 };
    await writeFile(settings, `${JSON.stringify(older)}\n`);
    await expect(prepare('older')).rejects.toMatchObject({
      code: 'folder-occupied',
      message: expect.stringMatching(/another version/),
    });
  });

  it.each<[string, unknown[], string]>([
    [
      'an id that is a number',
      [{ ...records[0], id: 1 }],
      'record 1, field "id": expected a string, got a number',
    ],
    ['no response', [{ id: '1', prompt: 'Q:' }], 'record 1, field "response": is missing'],
    [
      'the id of another',
      [
        { id: '1', prompt: 'Q:', response: ' A.' },
        { id: '2', prompt: 'Q:', response: ' B.' },
        { id: '1', prompt: 'Q:', response: ' C.' },
      ],
      'record 3, field "id": "1" is the id of record 1 too',
    ],
  ])('refuses a record with %s, naming source and record', async (name, list, message) => {
    const source = listed(list as TextRecord[], 'mine');
    await expect(prepare(`wrong/${name}`, { source })).rejects.toMatchObject({
      code: 'invalid-record',
      message: expect.stringContaining(`the source mine, ${message}`),
    });
  });

  it('takes texts for the same in case, white space, and canonical form, but not in compatibility form', async () => {
    const prompts = ['10² =', '102 =', 'Caf\u00e9\n½', 'CAFE\u0301 ½', 'cafe\u0301 1⁄2'];
    const texts = prompts.map((prompt, index) => ({ id: String(index), prompt, response: ' x²' }));
    const pairs = [
      { id: 'a', prompt: 'Q:', chosen: ' x²', rejected: ' y' },
      { id: 'b', prompt: 'q:', chosen: ' x2', rejected: ' y' },
      { id: 'c', prompt: 'q:', chosen: ' X²', rejected: '  y' },
    ];
    const manifest = await prepare('canonical', { source: listed<TextRecord>(texts) });
    expect([manifest.records, manifest.dropped, manifest.leaks]).toEqual([4, { duplicate: 1 }, []]);
    const dropped = await readFile(join(scratch, 'canonical', 'dropped.jsonl'), 'utf8');
    expect(JSON.parse(dropped)).toMatchObject({ id: '3', detail: 'the same as 2' });
    const compared = await prepare('canonical-pairs', { kind: 'comparisons', source: listed(pairs) });
    expect([compared.records, compared.dropped]).toEqual([2, { duplicate: 1 }]);
  });

  it('says what is wrong with the first row where all are malformed', async () => {
    const source: Source<TextRecord> = {
      name: 'mine',
      async *records(reading) {
        readFaults(reading).meet(new DataError('unknown-columns', 'line 1: no.', { fault: 'missing-field' }));
        readFaults(reading).meet(new DataError('invalid-record', 'line 2: no.', { fault: 'not-json' }));
        yield* [];
      },
    };
    await expect(prepare('malformed', { source, onError: 'skip' })).rejects.toMatchObject({
      code: 'no-records',
      message: expect.stringMatching(/2 were malformed and skipped, 0 left out\. line 1: no\.$/),
    });
  });

  it('refuses a source without records, and prepares none where none are wanted', async () => {
    const source = listed<TextRecord>([], 'mine');
    await expect(prepare('nothing', { source })).rejects.toMatchObject({
      code: 'no-records',
      message: expect.stringContaining(
        'The source mine has no records, so there is nothing to prepare. Check',
      ),
    });
    expect(await prepare('none', { limit: 0 })).toMatchObject({ records: 0 });
  });

  it('refuses a folder of something else, and a set that is there', async () => {
    await expect(prepare('plain')).rejects.toThrow(/already holds a prepared data set/);
    await expect(prepare('.')).rejects.toMatchObject({ code: 'folder-occupied' });
    await expect(prepare('e', { splits: { train: 0.5 } })).rejects.toMatchObject({ code: 'invalid-option' });
    await expect(prepare('e', { threads: 0 })).rejects.toMatchObject({ code: 'invalid-option' });
  });

  it.each([
    [{ kind: 'pairs' }, "kind must be 'text' or 'comparisons', got \"pairs\""],
    [{ longResponses: 'chop' }, "longResponses must be 'cut' or 'drop', got \"chop\""],
    [{ longPrompts: 'truncate' }, "longPrompts must be 'error' or 'drop', got \"truncate\""],
    [{ duplicates: 'no' }, "duplicates must be 'drop' or 'keep', got \"no\""],
    [{ onError: 'cry' }, "onError must be 'stop' or 'skip', got \"cry\""],
    [{ maxPromptTokens: '9' }, 'maxPromptTokens must be an integer ≥ 1, got "9"'],
    [{ maxResponseTokens: 0 }, 'maxResponseTokens must be an integer ≥ 1, got 0'],
    [{ limit: -1 }, 'limit must be an integer ≥ 0, got -1'],
    [{ threads: '1' }, 'threads must be an integer ≥ 1, got "1"'],
    [{ seed: '17' }, 'the seed must be an integer, got "17"'],
    [{ splits: 'train=1' }, 'fractions must be positive and sum to 1, got "train=1"'],
    [{ splits: { train: '1' } }, 'fractions must be positive and sum to 1, got {"train":"1"}'],
    [{ splits: { '../train': 1 } }, 'splits: expected names that a file can have, got "../train"'],
  ])('refuses %j before it begins', async (options, message) => {
    await expect(prepare('never', options as object)).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining(message),
    });
    expect(await readdir(scratch)).not.toContain('never');
  });
});

describe('openPreparedDataset', () => {
  it('refuses a damaged file, and a folder that holds none', async () => {
    await prepare('damaged', { source: listed(records.slice(0, 40)) });
    await appendFile(join(scratch, 'damaged', 'train.arrow'), ' ');
    await expect(openPreparedDataset(join(scratch, 'damaged'))).rejects.toThrow(
      /train.arrow is not as it was written/,
    );
    await expect(openPreparedDataset(scratch)).rejects.toThrow(/holds no prepared data set/);
    const { split } = await openPreparedDataset(join(scratch, 'plain'));
    expect(() => split('nope')).toThrow(/train, validation, test/);
  });
});
