import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ServedDataSet, serveDataSet } from '../../test/served-data-set.js';
import type { CorpusRequest } from './corpus-request.js';
import { readSplits } from './read-splits.js';

// Of a tenth more than these sizes, this seed puts 190 records into the split of pairs.
test('a small split of built-in text has as many records as were asked for', async () => {
  const sizes = { supervised: 9600, reward: 1500, preference: 200, evaluation: 256 };
  const lengths = {
    maxPromptTokens: 64,
    maxResponseTokens: 20,
    longPrompts: 'drop',
    longResponses: 'drop',
  } as const;
  const wanted = { preference: { exactly: sizes.preference }, evaluation: { exactly: sizes.evaluation } };
  const reading = { signal: new AbortController().signal, onRecords: () => undefined };
  const { splits } = await readSplits(
    { source: 'synthetic', wanted, sizes, lengths, seed: 14 },
    undefined,
    reading,
  );
  expect(splits.preference.length).toBeGreaterThanOrEqual(sizes.preference);
  expect(splits.evaluation.length).toBeGreaterThanOrEqual(sizes.evaluation);
});

test('a signal arrives while a source in memory is read', async () => {
  const request: CorpusRequest = {
    source: 'synthetic',
    wanted: { supervised: 'all' },
    seed: 14,
    sizes: { supervised: 9600, reward: 0, preference: 0, evaluation: 0 },
    lengths: { maxPromptTokens: 64, maxResponseTokens: 20, longPrompts: 'drop', longResponses: 'drop' },
  };
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('enough')));
  let last = 0;
  const reading = {
    signal: stop.signal,
    onRecords: (records: number) => {
      last = records;
    },
  };
  await expect(readSplits(request, undefined, reading)).rejects.toThrow('enough');
  expect(last).toBeLessThan(9000);
});

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ais-splits-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

test('the template chat takes questions and answers of a table for messages, and needs a chat template', async () => {
  const source = join(scratch, 'questions.csv');
  writeFileSync(source, 'question,answer\nName a fruit.,An apple.\nName a tree.,An oak.\n');
  const request: CorpusRequest = {
    source,
    template: 'chat',
    wanted: { supervised: 'all' },
    seed: 1,
    heldOut: 0,
    sizes: { supervised: 0, reward: 0, preference: 0, evaluation: 0 },
    lengths: { maxPromptTokens: 64, maxResponseTokens: 20, longPrompts: 'drop', longResponses: 'drop' },
  };
  const reading = { signal: new AbortController().signal, onRecords: () => undefined };
  const { splits, template } = await readSplits({ ...request, chatTemplate: 'chatml' }, undefined, reading);
  expect(template.name).toBe('chatml');
  expect(splits.supervised.map(({ prompt, response }) => prompt + response)).toContain(
    '<|im_start|>user\nName a tree.<|im_end|>\n<|im_start|>assistant\nAn oak.<|im_end|>\n',
  );
  await expect(readSplits(request, undefined, reading)).rejects.toThrow('--chat-template chatml');
});

test('a new model learns in a template with variables', async () => {
  const source = join(scratch, 'thoughts.csv');
  writeFileSync(source, 'question,answer\nName a tree.,An oak.\n');
  const chat = '{% for m in messages %}{{ m.content }}{{ end }}{% endfor %}';
  const request: CorpusRequest = {
    source,
    template: 'chat',
    chatTemplate: { chat, variables: { end: '.' } },
    wanted: { supervised: 'all' },
    seed: 1,
    heldOut: 0,
    sizes: { supervised: 0, reward: 0, preference: 0, evaluation: 0 },
    lengths: { maxPromptTokens: 64, maxResponseTokens: 20, longPrompts: 'drop', longResponses: 'drop' },
  };
  const reading = { signal: new AbortController().signal, onRecords: () => undefined };
  const read = async (more: Partial<CorpusRequest>) =>
    (await readSplits({ ...request, ...more }, undefined, reading)).splits.supervised[0];
  expect(await read({})).toMatchObject({ prompt: 'Name a tree..', response: 'An oak..' });
  const { prompt } = (await read({ templateVariables: { end: 1 } }))!;
  expect(prompt).toBe('Name a tree.1');
  await expect(read({ chatTemplate: undefined, templateVariables: { end: 1 } })).rejects.toMatchObject({
    code: 'missing-setting',
    message: expect.stringContaining('templateVariables'),
  });
});

test('records that are all held out are not missed silently, and a module is no source', async () => {
  const source = join(scratch, 'few.csv');
  writeFileSync(source, `prompt,completion\n${[1, 2, 3].map((n) => `${n}?,${n}.`).join('\n')}\n`);
  const request: CorpusRequest = {
    source,
    wanted: { supervised: 'all' },
    seed: 1,
    heldOut: 50,
    sizes: { supervised: 0, reward: 0, preference: 0, evaluation: 0 },
    lengths: { maxPromptTokens: 64, maxResponseTokens: 20, longPrompts: 'drop', longResponses: 'drop' },
  };
  const reading = { signal: new AbortController().signal, onRecords: () => undefined };
  await expect(readSplits(request, undefined, reading)).rejects.toMatchObject({
    code: 'too-little-text',
    key: 'data.heldOut',
    message: expect.stringMatching(
      /few\.csv: all of its 3 records are held out to evaluate on \(data\.heldOut 50\), so none are left for the supervised split\. Lower --held-out/,
    ),
  });
  const { splits } = await readSplits({ ...request, wanted: { evaluation: 'all' } }, undefined, reading);
  expect(splits.evaluation).toHaveLength(3);
  for (const name of ['./s/ok.mjs', 'mine.ts#posts']) {
    await expect(readSplits({ ...request, source: name }, undefined, reading)).rejects.toThrow(
      /is a module, and a source is data.*prepareDataset/,
    );
  }
});

describe('a data set on the Hub', () => {
  let served: ServedDataSet | undefined;
  afterEach(() => served?.close());

  const rows = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      question: `${name} ${index}?`,
      answer: `It is ${index}.`,
    }));
  const read = (wanted: CorpusRequest['wanted'], heldOut?: number, source: string = 'owner/set') =>
    readSplits(
      {
        source,
        wanted,
        heldOut,
        seed: 1,
        sizes: { supervised: 0, reward: 0, preference: 0, evaluation: 0 },
        lengths: { maxPromptTokens: 64, maxResponseTokens: 20, longPrompts: 'drop', longResponses: 'drop' },
      },
      undefined,
      { signal: new AbortController().signal, onRecords: () => undefined },
    );
  const prompts = (records: readonly { readonly prompt: string }[]): string[] =>
    records.map(({ prompt }) => prompt);

  test('is measured on test where it has no validation', async () => {
    served = await serveDataSet('owner/set', {
      'train.jsonl': rows('train', 5),
      'test.jsonl': rows('test', 3),
    });
    const { splits } = await read({ supervised: 'all', evaluation: 'all' });
    expect([splits.supervised.length, splits.evaluation.length]).toEqual([5, 3]);
    expect(prompts(splits.evaluation)).toContain('Question: test 0?\nAnswer:');
  });

  test('is measured on validation where it has both', async () => {
    const files = { 'train.jsonl': rows('train', 5), 'test.jsonl': rows('test', 3) };
    served = await serveDataSet('owner/set', { ...files, 'validation.jsonl': rows('validation', 2) });
    const { splits } = await read({ supervised: 'all', evaluation: 'all' });
    expect(splits.evaluation).toHaveLength(2);
  });

  test('of which one split is named has some of that held out', async () => {
    served = await serveDataSet('owner/set', {
      'train_sft.jsonl': rows('other', 3),
      'train_prefs.jsonl': rows('train', 20),
    });
    const { splits } = await read(
      { supervised: 'all', evaluation: 'all' },
      undefined,
      'owner/set:train_prefs',
    );
    expect([splits.supervised.length, splits.evaluation.length]).toEqual([18, 2]);
    expect(prompts(splits.evaluation)[0]).toContain('train');
  });

  test('is not asked for a split of which nothing is wanted', async () => {
    // This row could not be read.
    served = await serveDataSet('owner/set', { 'train.jsonl': rows('train', 5), 'test.jsonl': [{ odd: 1 }] });
    for (const none of [{ atMost: 0 }, { exactly: 0 }]) {
      const { splits } = await read({ supervised: 'all', evaluation: none });
      expect([splits.supervised.length, splits.evaluation.length]).toEqual([5, 0]);
    }
    await expect(read({ evaluation: { exactly: 0 } })).rejects.toMatchObject({
      code: 'too-little-text',
      message: expect.stringContaining('--held-out'),
    });
  });

  test('with train alone has some held out, the same for every command', async () => {
    served = await serveDataSet('owner/set', { 'train.jsonl': rows('train', 20) });
    const learned = prompts((await read({ supervised: 'all', evaluation: { atMost: 0 } })).splits.supervised);
    const measured = prompts((await read({ evaluation: 'all' })).splits.evaluation);
    expect([learned.length, measured.length]).toEqual([18, 2]);
    expect(new Set([...learned, ...measured]).size).toBe(20);
    expect((await read({ supervised: 'all' }, 0)).splits.supervised).toHaveLength(20);
  });
});
