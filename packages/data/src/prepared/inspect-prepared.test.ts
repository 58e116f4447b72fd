import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import json from '../../fixtures/tokenizer.json' with { type: 'json' };
import { openSource } from '../sources/open-source.js';
import { createTokenizer } from '../tokenizer/tokenizer.js';
import type { TokenizerJson } from '../tokenizer/tokenizer-json.js';
import { describeInspection, visible } from './describe-inspection.js';
import { type DataInspection, inspectPrepared } from './inspect-prepared.js';
import { inspectSource } from './inspect-source.js';
import { prepareDataset } from './prepare-dataset.js';
import { renderInspectionPage } from './render-inspection-page.js';

let scratch = '';
let inspection: DataInspection;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-data-inspect-'));
  const directory = join(scratch, 'set');
  const tokenizer = createTokenizer(json as TokenizerJson);
  const { source } = openSource('synthetic', { count: 60 });
  await prepareDataset({ source: source as never, tokenizer, directory, maxPromptTokens: 250, threads: 1 });
  inspection = await inspectPrepared(directory, { examples: 2 });
});
afterAll(() => rm(scratch, { recursive: true }));

it('shows every token once, those in the loss apart', () => {
  const tokenizer = createTokenizer(json as TokenizerJson);
  expect(inspection.examples.length).toBeGreaterThanOrEqual(4);
  for (const { parts } of inspection.examples) {
    expect(parts.map(({ name, trained }) => [name, trained])).toEqual([
      ['prompt', false],
      ['response', true],
    ]);
    expect(parts[1]?.tokens.at(-1)).toBe('<|endoftext|>');
    expect(tokenizer.encode(parts[0]!.tokens.join('')).length).toBe(parts[0]!.tokens.length);
  }
});

it('says the same in the terminal and on the page', () => {
  const text = describeInspection(inspection);
  const page = renderInspectionPage(inspection);
  for (const fact of ['leaks between splits', 'prompts cut', inspection.manifest.fingerprint]) {
    expect(text).toContain(fact);
    expect(page).toContain(fact);
  }
  expect(text).not.toContain('\x1b');
  expect(describeInspection(inspection, { color: true })).toContain('\x1b[1;4m');
  expect(page).not.toMatch(/<script|https?:|src=/);
  expect(page.match(/class="token"/g)?.length).toBe(
    2 + inspection.examples.flatMap(({ parts }) => parts.flatMap(({ tokens }) => tokens)).length,
  );
});

it('lets no markup and no control character through', () => {
  const evil = { ...inspection, directory: '<script>"&\x1b[2J' };
  expect(renderInspectionPage(evil)).toContain('&lt;script&gt;&quot;&amp;');
  expect(visible('a\x1b[2J\u202Eb\nc')).toBe('a‹U+001B›[2J‹U+202E›b↵\nc');
});

it('shows of a raw set what preparation would make of it, and leaves nothing behind', async () => {
  const path = join(scratch, 'raw.jsonl');
  const post = { subreddit: 'a', title: 'b', post: 'a cake', summary: 'cake' };
  const rows = [
    { id: '1', ...post, ups: 3, url: 'x' },
    { id: '2', ...post, post: 7 },
    { id: '3', ...post },
    { id: '4' },
  ];
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const before = await leftovers();
  const tokenizer = createTokenizer(json as TokenizerJson);
  const raw = await inspectSource(openSource(path), tokenizer, { limit: 20 });
  expect(await leftovers()).toEqual(before);
  expect(raw).toMatchObject({ stage: 'raw', directory: path, examples: [{ split: 'all', id: '1' }] });
  expect(raw.dropped).toEqual([{ id: '3', reason: 'duplicate', detail: 'the same as 1' }]);
  expect(raw.manifest.source).toMatchObject({ records: 2, skipped: 2 });
  expect(raw.manifest.splits['all']?.lengths['promptTokens']?.count).toBe(1);
  for (const look of [describeInspection(raw), renderInspectionPage(raw)]) {
    expect(look).toContain('raw.jsonl, line 2');
    expect(look).toContain('the same as 1');
    expect(look).not.toContain('fingerprint');
    expect(look).toMatch(/columns not read( +|<\/th><td>)ups, url/);
  }
  const first = await inspectSource(openSource(path), tokenizer, { limit: 1 });
  expect(describeInspection(first)).toContain('the first 1 records read');
});

const leftovers = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('ais-inspect-'));
