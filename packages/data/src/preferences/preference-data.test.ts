import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonlRows } from '../formats/jsonl-rows.js';
import { parquetRows } from '../formats/parquet-rows.js';
import { collectRecords } from '../records/collect-records.js';
import type { ComparisonRecord } from '../records/record.js';
import { comparisonSource } from '../sources/comparison-source.js';
import { tldr } from '../templates/tldr.js';
import { filterByMargin, flipLabels } from './pair-filters.js';
import { pairsFromSamples } from './pairs-from-samples.js';
import { mixPairs, shiftedSets } from './shifted-sets.js';
import { writeComparisons } from './write-comparisons.js';

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-pairs-'));
});
afterAll(() => rm(scratch, { recursive: true }));

const sample = (prompt: string, response: string, score: number, id = `${prompt}${response}`) => ({
  id,
  prompt,
  response,
  score,
});

describe('pairsFromSamples', () => {
  it('takes the best against the worst, and counts the rest', async () => {
    const { pairs, counts } = await pairsFromSamples([
      sample('p1', ' b', 1),
      sample('p2', ' same', 1, 'x'),
      sample('p1', ' c', 3),
      sample('p1', ' a', -2),
      sample('p2', 'same ', 2, 'y'),
      sample('p3', ' a', 1),
      sample('p3', ' b', 1),
      sample('p4', ' ', 1),
      sample('p4', ' b', 2),
      sample('p5', ' b', 2),
    ]);
    expect(pairs).toEqual([
      {
        id: 'p1 b',
        prompt: 'p1',
        chosen: ' c',
        rejected: ' a',
        chosenScore: 3,
        rejectedScore: -2,
        margin: 5,
      },
    ]);
    expect(counts).toEqual({ prompts: 5, pairs: 1, identical: 1, empty: 1, tied: 1, single: 1 });
  });

  it('refuses a score that is not a number', async () => {
    await expect(pairsFromSamples([sample('p', ' a', Number.NaN)])).rejects.toMatchObject({
      code: 'invalid-score',
      place: { record: 'p a' },
    });
  });
});

describe('shiftedSets and mixPairs', () => {
  const samples = (shift: number, prompts: readonly string[]) =>
    prompts.flatMap((prompt) => [sample(prompt, ` good ${shift}`, shift + 1), sample(prompt, ' bad', shift)]);
  const sets = {
    D1: samples(0, ['a', 'b', 'c']),
    D2: samples(1, ['a', 'b']),
    D3: samples(2, ['b', 'a', 'c']),
  };

  it('orders each policy by itself, on all prompts or on the common ones', async () => {
    const { D1, D2, D3 } = await shiftedSets(sets);
    expect([D1, D2, D3].map(({ counts }) => counts.pairs)).toEqual([3, 2, 3]);
    expect([D1, D2, D3].map(({ meanScore }) => meanScore)).toEqual([0.5, 1.5, 2.5]);
    expect(D3.meanMargin).toBe(1);
    const common = await shiftedSets(sets, { commonPrompts: true });
    expect(Object.values(common).map(({ pairs }) => pairs.map(({ prompt }) => prompt).sort())).toEqual(
      Array(3).fill(['a', 'b']),
    );
  });

  it('mixes by the fractions, the same for the same seed', () => {
    const prompts = Array.from({ length: 2000 }, (_, index) => `p${index}`);
    const set = (from: string) => prompts.map((prompt) => ({ prompt, from }));
    const mix = (seed: number) =>
      mixPairs({ D1: set('D1'), D3: set('D3') }, { fractions: { D1: 0.25, D3: 0.75 }, seed });
    const { pairs, counts } = mix(17);
    expect(counts.D1 + counts.D3).toBe(2000);
    // Five standard errors of a binomial.
    expect(Math.abs(counts.D1 - 500)).toBeLessThan(5 * Math.sqrt(2000 * 0.25 * 0.75));
    expect(pairs.filter(({ from }) => from === 'D1')).toHaveLength(counts.D1);
    expect(mix(17).pairs).toEqual(pairs);
    expect(mix(18).pairs).not.toEqual(pairs);
    expect(() => mixPairs({ D1: [] }, { fractions: { D1: 0.5 }, seed: 1 })).toThrow(/sum to 1/);
  });

  it('mixes and counts all pairs of a prompt', () => {
    const pairs = ['a', 'b', 'a'].map((prompt, index) => ({ prompt, index }));
    const mixed = mixPairs({ D1: pairs, D3: [] }, { fractions: { D1: 1, D3: 0 }, seed: 17 });
    expect(mixed.pairs.map(({ index }) => index)).toEqual([0, 2, 1]);
    expect(mixed.counts).toEqual({ D1: 3, D3: 0 });
  });
});

describe('flipLabels and filterByMargin', () => {
  const pairs = Array.from({ length: 1000 }, (_, index) => ({
    id: String(index),
    chosen: 'good',
    rejected: 'bad',
    chosenScore: index,
    rejectedScore: 0,
    margin: index,
  }));

  it('flips a share, more of the same for a larger rate, and scores with their responses', () => {
    const ids = (rate: number) =>
      flipLabels(pairs, { rate, seed: 3 })
        .pairs.filter(({ chosen }) => chosen === 'bad')
        .map(({ id }) => id);
    const [few, many] = [ids(0.1), ids(0.3)];
    expect(Math.abs(few.length - 100)).toBeLessThan(5 * Math.sqrt(90));
    expect(many).toEqual(expect.arrayContaining(few));
    const all = flipLabels(pairs, { rate: 1, seed: 3 });
    expect(all.flipped).toBe(1000);
    expect(all.pairs[7]).toEqual({
      id: '7',
      chosen: 'bad',
      rejected: 'good',
      chosenScore: 0,
      rejectedScore: 7,
      margin: -7,
    });
    expect(flipLabels(pairs, { rate: 0, seed: 3 }).pairs).toEqual(pairs);
    const known: ComparisonRecord = {
      id: 'a',
      prompt: 'p',
      chosen: 'good',
      rejected: 'bad',
      cutOff: ['chosen'],
      numbers: { chosenReward: 2, rejectedReward: 1, margin: 1, temperature: 0.5 },
    };
    expect(flipLabels([known], { rate: 1, seed: 3 }).pairs).toEqual([
      {
        id: 'a',
        prompt: 'p',
        chosen: 'bad',
        rejected: 'good',
        cutOff: ['rejected'],
        numbers: { rejectedReward: 2, chosenReward: 1, margin: -1, temperature: 0.5 },
      },
    ]);
  });

  it('keeps margins within limits', () => {
    const { pairs: kept, below, above } = filterByMargin(pairs, { minimum: 10, maximum: 99 });
    expect([kept.length, below, above]).toEqual([90, 10, 900]);
    expect(() => filterByMargin([{ id: 'a', chosen: 1, rejected: 2 }], {})).toThrow(/record a/);
  });
});

describe('writeComparisons', () => {
  it.each(['jsonl', 'parquet'])('is read back as it was, %s', async (kind) => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => value.trim() !== '');
    const pair = fc.record({ prompt: text, chosen: text, rejected: text.map((value) => `${value}.`) });
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { minLength: 1, maxLength: 5 }), async (list) => {
        const records = list
          .filter(({ chosen, rejected }) => chosen.trim() !== rejected.trim())
          .map(
            (value, index): ComparisonRecord => ({
              id: `r${index}`,
              ...value,
              ...(index % 2 ? { family: 'f' } : {}),
              ...(index % 3 === 1 ? { cutOff: ['rejected'] } : {}),
              ...(index % 3 === 2 ? { cutOff: ['chosen', 'rejected'] } : {}),
            }),
          );
        const path = join(scratch, `pairs.${kind}`);
        expect(await writeComparisons(path, records, { columns: 'all' })).toBe(records.length);
        const rows = kind === 'parquet' ? parquetRows(path) : jsonlRows(path);
        expect(await collectRecords(comparisonSource(rows, { news: 'keep' }))).toEqual(records);
      }),
      { numRuns: 20 },
    );
  });

  it('writes many row groups, and leaves nothing where it fails', async () => {
    const path = join(scratch, 'many.parquet');
    const make = (index: number) => ({ id: `${index}`, prompt: 'p', chosen: `c${index}`, rejected: 'r' });
    expect(
      await writeComparisons(
        path,
        Array.from({ length: 2500 }, (_, index) => make(index)),
      ),
    ).toBe(2500);
    const back = await collectRecords(comparisonSource(parquetRows(path)));
    expect(back.map(({ chosen }) => chosen)).toEqual(Array.from({ length: 2500 }, (_, index) => `c${index}`));
    async function* failing() {
      yield make(0);
      throw new Error('no more');
    }
    await expect(writeComparisons(join(scratch, 'half.jsonl'), failing())).rejects.toThrow('no more');
    expect((await readdir(scratch)).filter((name) => name.includes('half'))).toEqual([]);
    await writeFile(join(scratch, 'occupied'), '');
    await expect(writeComparisons(join(scratch, 'occupied/pairs.parquet'), [make(0)])).rejects.toMatchObject({
      code: 'not-writable',
    });
  });

  it('writes the three columns of TRL', async () => {
    const path = join(scratch, 'trl.jsonl');
    await writeComparisons(path, [{ id: 'a', prompt: 'p', chosen: ' c', rejected: ' r', family: 'f' }]);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ prompt: 'p', chosen: ' c', rejected: ' r' });
  });

  it('says which responses to a TL;DR prompt were cut off', async () => {
    const { text: prompt, cut } = tldr.prompt({ subreddit: 'soup', title: 'Soup', post: 'I made soup.' });
    const record: ComparisonRecord = {
      id: 'a',
      prompt,
      cut: cut!,
      chosen: ' Made soup.',
      rejected: ' Made so',
      cutOff: ['rejected'],
    };
    const path = join(scratch, 'tldr.jsonl');
    await writeComparisons(path, [record], { columns: 'all' });
    expect(await collectRecords(comparisonSource(jsonlRows(path)))).toEqual([record]);
  });
});
