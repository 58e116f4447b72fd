import { describe, expect, test } from 'vitest';
import { labelPairs } from '../scoring/label-pairs.js';
import { lengthControlledWinRate } from './length-controlled-win-rate.js';
import { preferenceAccuracy } from './preference-accuracy.js';
import { pairOutcomes, winRate } from './win-rate.js';

const taking: [string, (first: number[], second: number[]) => unknown][] = [
  ['winRate', winRate],
  ['pairOutcomes', pairOutcomes],
  ['preferenceAccuracy', preferenceAccuracy],
  ['labelPairs', labelPairs],
];
const none: unknown[] = [undefined, null, '3', Number.NaN, true];

describe.each(taking)('%s', (_, take) => {
  test.each(none)('refuses the reward %j of either side, and names the pair', (reward) => {
    const given = [2, 1, reward] as number[];
    for (const run of [() => take(given, [1, 1, 1]), () => take([1, 1, 1], given)]) {
      expect(run).toThrow(
        /the rewards of pair 2 are .*; both must be numbers and not NaN, so check the scorer/,
      );
      expect(run).toThrow(expect.objectContaining({ name: 'GoldEvalError', code: 'invalid-value' }));
    }
  });

  test('refuses a hole', () => {
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested.
    expect(() => take([1, , 1] as number[], [1, 1, 1])).toThrow(/the rewards of pair 1 are undefined and 1/);
  });
});

test.each(none)('lengthControlledWinRate refuses the length %j of either side', (length) => {
  const given = [10, length, 12] as number[];
  expect(() => lengthControlledWinRate([1, 0, 1], given, [9, 9, 9])).toThrow(
    /lengths of pair 1 must be numbers/,
  );
  expect(() => lengthControlledWinRate([1, 0, 1], [9, 9, 9], given)).toThrow(
    /lengths of pair 1 must be numbers/,
  );
});
