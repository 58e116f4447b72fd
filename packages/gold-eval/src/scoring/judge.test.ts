import { describe, expect, test } from 'vitest';
import { isPairwise, type Judge, judgePairs, verifyJudge } from './judge.js';
import type { Outcome } from './pairwise-judge.js';
import { functionScorer } from './scorer.js';

const scorer = functionScorer('length', (text: string) => text.length);
const pairwise: Judge<string> = {
  specificationVersion: 'v1',
  name: 'longer',
  compare: async (items) =>
    items.map(({ a, b }) => ({
      outcome: (a.length > b.length ? 1 : a.length < b.length ? 0 : 0.5) as Outcome,
    })),
};
const pairs = [
  { a: 'long', b: 'x' },
  { a: 'x', b: 'long' },
  { a: 'a', b: 'b' },
];

describe('judgePairs', () => {
  test.each([scorer, pairwise])('decides with $name', async (judge) => {
    const progress: [number, number][] = [];
    const verdicts = await judgePairs(judge, pairs, {
      batchSize: 2,
      onProgress: (done, total) => progress.push([done, total]),
    });
    expect(verdicts.map(({ outcome }) => outcome)).toEqual([1, 0, 0.5]);
    expect(progress.at(-1)).toEqual([3, 3]);
  });

  test('tells which kind a judge is', () => {
    expect([scorer, pairwise].map(isPairwise)).toEqual([false, true]);
  });
});

describe('verifyJudge', () => {
  test.each([scorer, pairwise])('passes $name', async (judge) => {
    await verifyJudge(judge, pairs);
  });

  test('notices what depends on the batch', async () => {
    let calls = 0;
    const moody: Judge<string> = {
      ...pairwise,
      compare: async (items) => items.map(() => ({ outcome: (calls++ % 2) as Outcome })),
    } as Judge<string>;
    await expect(verifyJudge(moody, pairs)).rejects.toMatchObject({ code: 'scorer-inconsistent' });
    const drifting = functionScorer<string>('drifting', () => calls++);
    await expect(verifyJudge(drifting, pairs)).rejects.toMatchObject({ code: 'scorer-inconsistent' });
  });
});
