import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentedExamples, runExample } from '../../../tools/vitest/documented-examples.js';
import json from '../fixtures/tokenizer.json' with { type: 'json' };
import * as chat from '../src/chat.js';
import * as facts from '../src/facts.js';
import * as formats from '../src/formats.js';
import * as entry from '../src/index.js';
import * as preferences from '../src/preferences.js';
import * as prepared from '../src/prepared.js';
import * as synthetic from '../src/synthetic.js';
import * as tokenizers from '../src/tokenizer.js';

const examples = await documentedExamples(new URL('../', import.meta.url));
const data = {
  ...entry,
  ...chat,
  ...facts,
  ...formats,
  ...preferences,
  ...prepared,
  ...synthetic,
  ...tokenizers,
};
const tokenizer = data.createTokenizer(json as tokenizers.TokenizerJson);
const records = await data.collectRecords(data.syntheticSource({ seed: 1, count: 20 }));
const [record] = records;
const train = records.slice(0, 10);
const test_ = records.slice(10);
const comparison: entry.ComparisonRecord = {
  id: '1',
  prompt: records[0]!.prompt,
  chosen: 'Made soup.',
  rejected: 'Made cake.',
};
const start = process.cwd();
let scratch = '';

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-data-examples-'));
  process.chdir(scratch);
  await tokenizer.save('runs/tiny/tokenizer');
  const source = data.syntheticSource({ seed: 1, count: 40 });
  await data.prepareDataset({ source, tokenizer, directory: 'prepared/synthetic', threads: 1 });
  await writeFile('posts.jsonl', records.map((value) => `${JSON.stringify(value)}\n`).join(''));
  const pair = { prompt: records[0]!.prompt, chosen: ' Soup.', rejected: ' Cake.' };
  await writeFile('pairs.jsonl', `${JSON.stringify(pair)}\n`);
  await writeFile('questions.jsonl', `${JSON.stringify({ question: 'Why?', answer: 'Because.' })}\n`);
  const messages = [
    { role: 'user', content: 'Why?' },
    { role: 'assistant', content: 'Because.' },
  ];
  await writeFile('conversations.jsonl', `${JSON.stringify({ messages })}\n`);
  const sample = (response: string, score: number) =>
    JSON.stringify({ prompt: pair.prompt, response, score });
  await writeFile('samples.jsonl', `${sample(' Soup.', 1)}\n${sample(' Cake.', 0)}\n`);
  await writeFile(
    'mirror_Translation-en',
    `Package: soup\nDescription-en: cooks soup\n ${'Soup cooks from what the pantry holds. '.repeat(5)}\n`,
  );
});
afterAll(async () => {
  process.chdir(start);
  await rm(scratch, { recursive: true });
});

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(15);
});

test.each(examples)('$name', async ({ code, printed }) => {
  const declared = (name: string): boolean => new RegExp(`const (\\{[^}]*\\b)?${name}\\b`).test(code);
  const readers = { comparison, tokenizer, record, records, train, test: test_ };
  const scope = Object.fromEntries(Object.entries(readers).filter(([name]) => !declared(name)));
  const said = await runExample(code.replace(/^import [^;]*;/gm, ''), {
    ...data,
    ...scope,
    // What the examples find outside: the corpus and a server.
    debianSource: () => data.debianSource({ listsDirectory: scratch }),
    describeSource: () => data.describeSource({ listsDirectory: scratch }),
    fetch: async () => new Response(JSON.stringify(json)),
  });
  expect(said.length === 0).toBe(printed.length === 0);
  for (const [index, expected] of printed.entries())
    if (expected !== undefined) expect(said[index]).toBe(expected);
});
