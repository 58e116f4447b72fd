import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ComparisonRecord, Source } from '@ais/data';
import { openPreparedDataset, prepareDataset } from '@ais/data/prepared';
import { trainTokenizer } from '@ais/data/tokenizer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lengths } from './counted-lengths.js';
import { preparedCorpus, preparedPairs } from './prepared-folder.js';

const lengths: Lengths = {
  maxPromptTokens: 64,
  maxResponseTokens: 64,
  longPrompts: 'error',
  longResponses: 'cut',
};
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-prepared-'));
  const records: ComparisonRecord[] = Array.from({ length: 40 }, (_, index) => ({
    id: `${index}`,
    prompt: `Question ${index}: ${'why '.repeat(index)}?`,
    cut: [0, 12 + 4 * index],
    chosen: ` because of ${index}`,
    rejected: ' so',
    ...(index % 3 === 0 && { family: `family ${index % 4}` }),
  }));
  const source: Source<ComparisonRecord> = {
    name: 'questions',
    async *records() {
      yield* records;
    },
  };
  await prepareDataset({
    kind: 'comparisons',
    source,
    tokenizer: await trainTokenizer(
      records.map(({ prompt, chosen }) => prompt + chosen),
      { vocabularySize: 300 },
    ),
    directory: join(folder, 'set'),
    maxPromptTokens: 32,
    splits: { train: 0.8, validation: 0.2 },
    threads: 1,
  });
});
afterAll(() => rm(folder, { recursive: true }));

const rowsOf = async (split: string) => {
  const prepared = await openPreparedDataset(join(folder, 'set'), { kind: 'comparisons' });
  const rows: { record: ComparisonRecord; example: Awaited<ReturnType<typeof examples>>[number] }[] = [];
  const examples = () => prepared.split(split).examples();
  for await (const row of prepared.split(split).rows()) rows.push(row);
  return { rows, tokenizer: await prepared.tokenizer() };
};

describe('a prepared folder', () => {
  it('gives the pairs of its files, in any order', async () => {
    const { rows, tokenizer } = await rowsOf('train');
    const { content } = await preparedPairs(join(folder, 'set'), { tokenizer }, lengths);
    const expected = rows.map(({ example }) => {
      const { truncated: _, responseTruncated: __, boundaryMerged: ___, ...pair } = example;
      return pair;
    });
    expect([...content.pairs]).toEqual(expected);
    expect(content.pairs.at(rows.length - 1)).toEqual(expected.at(-1));
    expect(content.heldOut?.length).toBe(40 - rows.length);
  });

  it('gives a corpus whose texts are those of its files, read when they are asked for', async () => {
    const { rows, tokenizer } = await rowsOf('train');
    const request = {
      source: join(folder, 'set'),
      wanted: { supervised: 'all', preference: { atMost: 5 } },
      sizes: { supervised: 1, reward: 1, preference: 1, evaluation: 1 },
      lengths,
      seed: 1,
    } as const;
    const { content } = await preparedCorpus(request, { tokenizer });
    const { supervised, preference } = content.splits;
    const expected = rows.map(({ record, example }) => ({
      id: record.id,
      promptText: example.truncated ? tokenizer.decode(example.prompt) : record.prompt,
      ...(example.truncated && { wholePrompt: record.prompt }),
      responseText: record.chosen,
      ...(record.family !== undefined && { family: record.family }),
      prompt: example.prompt,
      response: example.chosen,
    }));
    expect(expected.some(({ wholePrompt }) => wholePrompt !== undefined)).toBe(true);
    // As text too, since that is how corpora are kept and compared.
    expect([...supervised].map((example) => JSON.stringify(example))).toEqual(
      expected.map((example) => JSON.stringify(example)),
    );
    expect([...preference].map(({ id }) => id)).toEqual(expected.slice(0, 5).map(({ id }) => id));
    const tokens = (of: 'prompt' | 'response'): number =>
      [...expected, ...expected.slice(0, 5)].reduce((sum, example) => sum + example[of].length, 0);
    expect(content.summary).toMatchObject({
      records: rows.length + 5,
      meanPromptTokens: tokens('prompt') / (rows.length + 5),
      meanResponseTokens: tokens('response') / (rows.length + 5),
    });
  });
});
