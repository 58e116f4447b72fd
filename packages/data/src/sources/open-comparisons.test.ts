import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import json from '../../fixtures/tokenizer.json' with { type: 'json' };
import { prepareDataset } from '../prepared/prepare-dataset.js';
import { collectRecords } from '../records/collect-records.js';
import { createTokenizer } from '../tokenizer/tokenizer.js';
import type { TokenizerJson } from '../tokenizer/tokenizer-json.js';
import { openComparisons } from './open-comparisons.js';

const REWARDS = ['chosenReward', 'rejectedReward'];
const labeled = [
  { id: 'a', promptText: 'Soup?', chosenText: ' Yes.', rejectedText: ' No', rejectedFinished: false },
  { id: 'b', promptText: 'Bread?', chosenText: ' Yes', rejectedText: ' No.', chosenFinished: false },
].map((row, index) => ({ ...row, score: index + 0.25, rejectedReward: -index }));

let scratch = '';
let file = '';
let folder = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-open-comparisons-'));
  file = join(scratch, 'labeled.jsonl');
  folder = join(scratch, 'prepared');
  await writeFile(file, labeled.map((row) => JSON.stringify(row)).join('\n'));
  await prepareDataset({
    kind: 'comparisons',
    source: openComparisons(file, { numbers: REWARDS, columns: { chosenReward: 'score' } }),
    tokenizer: createTokenizer(json as TokenizerJson),
    directory: folder,
    splits: { train: 1 },
    threads: 1,
  });
});
afterAll(() => rm(scratch, { recursive: true }));

describe('openComparisons', () => {
  it('gives of a prepared folder what was prepared, numbers and responses that were cut off included', async () => {
    const known = await collectRecords(openComparisons(folder, { numbers: REWARDS }));
    expect(known).toEqual([
      {
        id: 'a',
        prompt: 'Soup?',
        chosen: ' Yes.',
        rejected: ' No',
        cutOff: ['rejected'],
        numbers: { chosenReward: 0.25, rejectedReward: 0 },
      },
      {
        id: 'b',
        prompt: 'Bread?',
        chosen: ' Yes',
        rejected: ' No.',
        cutOff: ['chosen'],
        numbers: { chosenReward: 1.25, rejectedReward: -1 },
      },
    ]);
    expect(await collectRecords(openComparisons(folder))).toEqual(known);
  });

  it('reads the words of a table of text that say which responses were cut off', async () => {
    const table = join(scratch, 'labeled.csv');
    const columns = 'promptText,chosenText,rejectedText,chosenFinished,rejectedFinished';
    await writeFile(table, `${columns}\nSoup?,Yes,No,False,True\nBread?,Yes,No,,0\n`);
    const records = await collectRecords(openComparisons(table));
    expect(records.map(({ cutOff }) => cutOff)).toEqual([['chosen'], ['rejected']]);
    await writeFile(table, `${columns}\nSoup?,Yes,No,no,\n`);
    await expect(collectRecords(openComparisons(table))).rejects.toMatchObject({
      code: 'invalid-record',
      place: { file: table, field: 'chosenFinished' },
    });
  });

  it('refuses a number that a prepared folder does not have', async () => {
    await expect(
      collectRecords(openComparisons(folder, { numbers: [...REWARDS, 'margin'] })),
    ).rejects.toMatchObject({
      code: 'missing-field',
      message: expect.stringMatching(/prepared: record a has no number margin\. Prepare the set again/),
      place: { file: folder, record: 'a', field: 'margin' },
    });
  });
});
