import { describe, expect, test } from 'vitest';
import type { PairVerdict, PairwiseJudge } from './pairwise-judge.js';
import { functionScorer, type Scorer } from './scorer.js';
import { verifyPairwiseJudge, verifyScorer } from './verify-scorer.js';

const samples = ['a', 'abc', 'ab'];
const scorer = (score: (items: readonly string[]) => number[]): Scorer<string> => ({
  specificationVersion: 'v1',
  name: 'judge@1',
  score: async (items) => score(items),
});
const lengths = (items: readonly string[]): number[] => items.map(({ length }) => length);

describe('verifyScorer', () => {
  test('scores the samples together, and again in other company and order', async () => {
    const batches: string[][] = [];
    const watched = scorer((items) => {
      batches.push([...items]);
      return lengths(items);
    });
    expect(await verifyScorer(watched, samples)).toEqual({
      rewards: [1, 3, 2],
      largestDifference: 0,
      constant: false,
    });
    expect(batches).toEqual([['a', 'abc', 'ab'], ['ab', 'abc'], ['a']]);
  });

  test('forgives rounding, up to the tolerance', async () => {
    const rounding = scorer((items) => items.map(({ length }) => 1000 * length + items.length / 10));
    const { largestDifference } = await verifyScorer(rounding, samples);
    expect(largestDifference).toBeCloseTo(0.2, 9);
    await expect(verifyScorer(rounding, samples, { tolerance: 1e-5 })).rejects.toMatchObject({
      code: 'scorer-inconsistent',
    });
  });

  test('tells of a judge that gives everything the same reward', async () => {
    expect(
      await verifyScorer(
        scorer((items) => items.map(() => 1)),
        samples,
      ),
    ).toMatchObject({ constant: true });
  });

  test.each([
    ['too few rewards', () => [1], 'scorer-failed', /one reward per item, in order: expected 3, got 1/],
    [
      'NaN',
      (items: readonly string[]) => items.map(() => Number.NaN),
      'scorer-failed',
      /returned NaN for item 0/,
    ],
    [
      'infinity',
      (items: readonly string[]) => items.map(({ length }) => Math.log(length - 1)),
      'scorer-failed',
      /the scorer "judge@1" returned -Infinity for item 0; a reward must be a finite number/,
    ],
    [
      'rewards in the wrong order',
      (items: readonly string[]) => lengths(items).sort(),
      'scorer-inconsistent',
      /gave sample 1 the reward 2 in one batch and 3 in another; an item must get the same reward in any batch/,
    ],
    [
      'rewards relative to the batch',
      (items: readonly string[]) => lengths(items).map((length) => length / items.length),
      'scorer-inconsistent',
      /gave sample 0 the reward 0.333\d* in one batch and 1 in another/,
    ],
  ])('refuses %s', async (_, score, code, message) => {
    const verified = verifyScorer(scorer(score), samples);
    await expect(verified).rejects.toThrow(message);
    await expect(verified).rejects.toMatchObject({ name: 'GoldEvalError', code });
  });

  test('needs two samples, and stops with the signal', async () => {
    await expect(verifyScorer(scorer(lengths), ['a'])).rejects.toThrow(/with two or more samples, got 1/);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(verifyScorer(scorer(lengths), samples, { signal })).rejects.toThrow('enough');
  });
});

describe('verifyPairwiseJudge', () => {
  const judge = (compare: (items: readonly string[]) => PairVerdict[]): PairwiseJudge<string> => ({
    specificationVersion: 'v1',
    name: 'judge@1',
    compare: async (items) => compare(items),
  });
  const odd = (items: readonly string[]): PairVerdict[] =>
    items.map(({ length }) => ({ outcome: length % 2 === 1 ? 1 : 0 }));

  test('returns the verdicts of a judge that sticks to them', async () => {
    const verdicts = await verifyPairwiseJudge(judge(odd), samples);
    expect(verdicts).toEqual([{ outcome: 1 }, { outcome: 1 }, { outcome: 0 }]);
  });

  test('refuses verdicts that depend on the batch, and none', async () => {
    const fickle = judge((items) => items.map(() => ({ outcome: items.length > 2 ? 1 : 0 })));
    await expect(verifyPairwiseJudge(fickle, samples)).rejects.toMatchObject({
      code: 'scorer-inconsistent',
      message: expect.stringMatching(/gave pair 0 the outcome 1 in one batch and 0 in another/),
    });
    await expect(
      verifyPairwiseJudge(
        judge(() => []),
        samples,
      ),
    ).rejects.toMatchObject({ code: 'scorer-failed' });
  });
});

test.each([Number.NaN, -1])('no tolerance is %s', async (tolerance) => {
  const length = functionScorer('length', (text: string) => text.length);
  await expect(verifyScorer(length, ['a', 'ab'], { tolerance })).rejects.toMatchObject({
    code: 'invalid-option',
    message: expect.stringContaining(`tolerance must be ≥ 0, got ${tolerance}.`),
  });
});
