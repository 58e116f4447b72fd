import { describe, expect, test } from 'vitest';
import { compareAll } from './compare-all.js';
import type { PairText, PairVerdict, PairwiseJudge } from './pairwise-judge.js';

const pairs: PairText[] = [
  { prompt: 'p', a: 'long', b: 'x' },
  { prompt: 'p', a: 'x', b: 'long' },
  { prompt: 'p', a: 'same', b: 'size' },
];
const judge = (compare: PairwiseJudge['compare']): PairwiseJudge => ({
  specificationVersion: 'v1',
  name: 'judge@1',
  compare,
});
const longer = judge(async (items) =>
  items.map(({ a, b }) => ({ outcome: a.length > b.length ? 1 : a.length < b.length ? 0 : 0.5 })),
);

describe('compareAll', () => {
  test('compares batch by batch, and resumes', async () => {
    const kept: [readonly PairVerdict[], number][] = [];
    const onBatch = (verdicts: readonly PairVerdict[], start: number): void => {
      kept.push([verdicts, start]);
    };
    const verdicts = [{ outcome: 1 }, { outcome: 0 }, { outcome: 0.5 }];
    expect(await compareAll(longer, pairs, { batchSize: 2, onBatch })).toEqual(verdicts);
    expect(kept).toEqual([
      [verdicts.slice(0, 2), 0],
      [verdicts.slice(2), 2],
    ]);
    const done = [{ outcome: 0.5 }] as const;
    expect(await compareAll(longer, pairs, { done })).toEqual([...done, ...verdicts.slice(1)]);
  });

  test.each([
    ['too few verdicts', [{ outcome: 1 }], /one verdict per pair, in order: expected 3, got 1/],
    ['nothing', undefined, /expected 3, got none/],
    ['a bare number', [1, 1, 1], /returned 1 for pair 0; an outcome must be 1/],
    ['a score', [{ outcome: 1 }, { outcome: 0.7 }, { outcome: 0 }], /returned {"outcome":0.7} for pair 1/],
    ['an order that is none', Array(3).fill({ outcome: 1, aFirst: 'A' }), /"aFirst":"A"/],
    ['null', [null, null, null], /returned null for pair 0/],
  ])('names the judge that returns %s', async (_, answer, message) => {
    const compared = compareAll(
      judge(async () => answer as PairVerdict[]),
      pairs,
    );
    await expect(compared).rejects.toThrow(message);
    await expect(compared).rejects.toMatchObject({ name: 'GoldEvalError', code: 'scorer-failed' });
  });
});
