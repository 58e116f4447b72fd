import { describe, expect, test } from 'vitest';
import { labelOutcomes } from './label-outcomes.js';
import { labelPairs } from './label-pairs.js';

describe('labelOutcomes', () => {
  test('chooses the better response, and drops or tosses ties', () => {
    const chosen = labelOutcomes([1, 0, 0.5]).map((label) => label.chosen);
    expect(chosen).toEqual([0, 1, undefined]);
    const tossed = labelOutcomes(Array(50).fill(0.5), { ties: 'random', seed: 1 });
    expect(new Set(tossed.map((label) => label.chosen))).toEqual(new Set([0, 1]));
    expect(tossed.every(({ tie }) => tie)).toBe(true);
  });

  test('noise flips the labels that it flips for rewards of the same order', () => {
    const outcomes = Array.from({ length: 200 }, (_, index) => index % 2);
    const options = { noise: 0.3, seed: 5, offset: 7 };
    const rewards = labelPairs(outcomes, Array(200).fill(0.5), options);
    expect(labelOutcomes(outcomes, options)).toEqual(rewards);
    expect(rewards.some(({ flipped }) => flipped)).toBe(true);
  });
});
