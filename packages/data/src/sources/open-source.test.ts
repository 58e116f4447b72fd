import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, expectTypeOf, it } from 'vitest';
import { chatTemplates } from '../chat/built-in.js';
import type { ChatTemplate } from '../chat/chat-template.js';
import { collectRecords } from '../records/collect-records.js';
import type { ComparisonRecord, OpenedSource, TextRecord } from '../records/record.js';
import { type OpenSourceOptions, openSource } from './open-source.js';

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-open-source-'));
});
afterAll(() => rm(scratch, { recursive: true }));

it('has records of the kind that was asked for, and their types', async () => {
  const texts = join(scratch, 'texts.csv');
  await writeFile(texts, 'prompt,completion\nQ:, A.\n');
  const records = await collectRecords(openSource(texts).source);
  expectTypeOf(records).toEqualTypeOf<TextRecord[]>();
  expect(records).toMatchObject([{ prompt: 'Q:', response: ' A.' }]);

  const pairs = join(scratch, 'pairs.csv');
  await writeFile(pairs, 'prompt,chosen,rejected\nQ:, A., B.\n');
  const compared = await collectRecords(openSource(pairs, { kind: 'comparisons' }).source);
  expectTypeOf(compared).toEqualTypeOf<ComparisonRecord[]>();
  expect(compared).toMatchObject([{ chosen: ' A.', rejected: ' B.' }]);

  const options: OpenSourceOptions = { kind: 'comparisons' };
  expectTypeOf(openSource(pairs, options)).toEqualTypeOf<OpenedSource>();
  expect(openSource(pairs, options).kind).toBe('comparisons');
});

it('chat templates are known by name', () => {
  expectTypeOf(chatTemplates.chatml).toEqualTypeOf<ChatTemplate>();
  expectTypeOf(chatTemplates['other']).toEqualTypeOf<ChatTemplate | undefined>();
  expect(chatTemplates.chatml.name).toBe('chatml');
});
