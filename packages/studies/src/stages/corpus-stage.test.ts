import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticSource, type TextRecord } from '@ais/data';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CorpusStageSettings, type CorpusSummary, prepareCorpus, splitNames } from './corpus-stage.js';
import type { StageProgress } from './stage-context.js';

const scratch = mkdtempSync(join(tmpdir(), 'ais-corpus-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const records: TextRecord[] = [];
beforeAll(async () => {
  for await (const record of syntheticSource({ seed: 1, count: 2600 }).records()) records.push(record);
});

/** A corpus of records, in a folder by its name. */
async function prepare(
  name: string,
  from: readonly TextRecord[],
): Promise<{ readonly summary: CorpusSummary; readonly progress: readonly StageProgress[] }> {
  const source = join(scratch, `${name}.jsonl`);
  writeFileSync(source, from.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const sizes = { supervised: 1200, reward: 20, preference: 20, evaluation: 5 };
  const settings: CorpusStageSettings = {
    source,
    seed: 1,
    corpus: { ...sizes, vocabularySize: 300, maxPromptTokens: 64, maxResponseTokens: 64 },
  };
  const progress: StageProgress[] = [];
  const signal = new AbortController().signal;
  const context = { title: 'corpus', signal, progress: (report: StageProgress) => progress.push(report) };
  return { summary: await prepareCorpus(settings, {}, join(scratch, name), context), progress };
}

test('tells of its work while it reads and while it tokenizes', async () => {
  const { progress } = await prepare('told', records);
  expect(progress.map(({ completed, detail }) => [completed, detail])).toEqual([
    [0, '0 records read'],
    [0, '1000 records read'],
    [0, '2000 records read'],
    [1, 'tokenizer'],
    [2, '0 records tokenized'],
    [2, '1000 records tokenized'],
    [3, '1245 records'],
  ]);
});

test('has the fingerprint of what it wrote: another record makes another', async () => {
  const { summary } = await prepare('first', records);
  const files = splitNames.map((split) => readFileSync(join(scratch, 'first', `${split}.jsonl`)));
  const hash = createHash('sha256');
  for (const file of files) hash.update(file);
  expect(summary.fingerprint).toBe(hash.digest('hex'));

  expect((await prepare('same', records)).summary).toEqual(summary);
  const used = JSON.parse(String(files.at(-1)).split('\n')[0] ?? '') as TextRecord;
  const changed = records.map((record) =>
    record.id === used.id ? { ...record, prompt: record.prompt.replace('TITLE: ', 'TITLE: Other ') } : record,
  );
  expect((await prepare('other', changed)).summary.fingerprint).not.toBe(summary.fingerprint);
});
