import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type ServedDataSet, serveDataSet } from '../../test/served-data-set.js';
import { isOnHub, setsOnHub } from './hub-data-set.js';

describe('isOnHub', () => {
  it.each([
    ['openai/gsm8k', true],
    ['openai/gsm8k:train', true],
    ['trl-lib/tldr-preference', true],
    ['owner/set-v1.5', true],
    ['data/pairs.csv', false],
    ['./owner/name', false],
    ['synthetic', false],
    ['a.jsonl*3,b.csv*1', false],
  ])('of %s is %s', (name, expected) => {
    expect(isOnHub(name)).toBe(expected);
  });

  it('is false of what is on disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ais-on-hub-'));
    await writeFile(join(folder, 'rows'), '');
    expect([folder, `${folder}:train`, join(folder, 'rows')].map(isOnHub)).toEqual([false, false, false]);
    await rm(folder, { recursive: true });
  });
});

describe('setsOnHub', () => {
  let served: ServedDataSet;
  afterEach(() => served.close());

  const row = [{ question: 'Who?', answer: 'Me.' }];
  it.each([
    ['validation, where there are both', ['train.jsonl', 'validation.jsonl', 'test.jsonl'], 'validation'],
    [
      'test, where it is alone',
      ['data/train-00000-of-00001.jsonl', 'data/test-00000-of-00001.jsonl'],
      'test',
    ],
    ['test, whatever else is called validation', ['train.jsonl', 'test.jsonl', 'validation.md'], 'test'],
    ['test, which is a word of a name', ['set_train.jsonl', 'set_test.jsonl'], 'test'],
    [
      'nothing, where a name only begins so',
      ['train-00000-of-00001.jsonl', 'test_sft-00000-of-00001.jsonl'],
      undefined,
    ],
    ['nothing, where there is train alone', ['train.jsonl', 'test.py'], undefined],
  ])('measures on %s', async (_, files, evaluation) => {
    served = await serveDataSet('owner/set', Object.fromEntries(files.map((file) => [file, row])));
    expect(await setsOnHub('owner/set')).toEqual(
      evaluation && { supervised: 'train', reward: 'train', preference: 'train', evaluation },
    );
  });
});
