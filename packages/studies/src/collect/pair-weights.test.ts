import { expect, test } from 'vitest';
import { hasPairWeights } from '../data/study-method.js';
import { logWeights } from './pair-weights.js';

const pair = [
  { ratio: 2, length: 4 },
  { ratio: -1, length: 1 },
] as const;
/** log w = 2 with α = 1. */
const other = [
  { ratio: 3, length: 2 },
  { ratio: -1, length: 2 },
] as const;
const close = (values: readonly number[]): unknown[] => values.map((value) => expect.closeTo(value, 12));

test('log-weights follow their smoothing and their bound', () => {
  expect(logWeights('inverse-length', [pair])).toEqual([2 / 4 - 1]);
  expect(logWeights('inverse-sqrt-length', [pair])).toEqual([2 / 2 - 1]);
  expect(logWeights(0.1, [pair])).toEqual(close([0.1]));
  expect(logWeights({ smoothing: 1, clip: { upper: 0.5 } }, [pair])).toEqual([0.5]);
  expect(logWeights({ smoothing: 'inverse-length', pool: 'pair' }, [pair])).toEqual(close([1 / 5]));
});

test('all pairs have the mean weight where it is all that applies, after the bound', () => {
  const mean = Math.log((Math.exp(1) + Math.exp(2)) / 2);
  expect(logWeights({ smoothing: 1, meanWeightOnly: true }, [pair, other])).toEqual(close([mean, mean]));
  const bounded = Math.log((Math.exp(1) + Math.exp(1.5)) / 2);
  const clip = { upper: 1.5 };
  expect(logWeights({ smoothing: 1, clip, meanWeightOnly: true }, [pair, other])).toEqual(
    close([bounded, bounded]),
  );
});

test('self-normalized weights are divided by their mean, without overflow', () => {
  const [low = Number.NaN, high = Number.NaN] = logWeights({ smoothing: 1, selfNormalized: true }, [
    pair,
    other,
  ]);
  expect(high - low).toBeCloseTo(1, 12);
  expect((Math.exp(low) + Math.exp(high)) / 2).toBeCloseTo(1, 12);
  const far = [
    pair,
    [
      { ratio: 9000, length: 4 },
      { ratio: 0, length: 1 },
    ],
  ] as const;
  expect(logWeights({ smoothing: 1, selfNormalized: true }, far)).toEqual(
    close([-8999 + Math.log(2), Math.log(2)]),
  );
});

test.each([
  [{ level: 'token' }],
  [{ clipTokens: { upper: 1 } }],
  [{ clipResponses: { upper: 1 } }],
  [{ mask: { upper: 1 } }],
  [{ filter: { upper: 1 } }],
  [{ vespo: {} }],
] as const)('weights with %j are not known pair by pair', (options) => {
  expect(hasPairWeights({ smoothing: 'inverse-length', ...options })).toBe(false);
});

test.each([
  ['inverse-length'],
  [0.05],
  [{ smoothing: 1, level: 'pair', pool: 'pair', clip: { upper: 1 }, differentiable: true, mask: undefined }],
  [{ smoothing: 1, selfNormalized: true }],
  [{ smoothing: 1, meanWeightOnly: true }],
] as const)('weights by %j are known pair by pair', (importance) => {
  expect(hasPairWeights(importance)).toBe(true);
});
