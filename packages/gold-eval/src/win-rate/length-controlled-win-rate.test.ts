import { describe, expect, test } from 'vitest';
import fixture from '../../fixtures/statistics.json' with { type: 'json' };
import { randomStream } from '../statistics/random-stream.js';
import { lengthControlledWinRate } from './length-controlled-win-rate.js';
import { winRateOfOutcomes } from './win-rate.js';

describe('lengthControlledWinRate', () => {
  test.each(fixture.lengthControlled)(
    'equals statsmodels on $name',
    ({ outcomes, policyLengths, referenceLengths, rate, low, high, slope, slopeLow, slopeHigh }) => {
      const result = lengthControlledWinRate(outcomes, policyLengths, referenceLengths);
      expect(result.rate).toBeCloseTo(rate, 9);
      expect(result.low).toBeCloseTo(low, 9);
      expect(result.high).toBeCloseTo(high, 9);
      expect(result.lengthEffect).toBeCloseTo(slope, 8);
      expect(result.lengthEffectInterval.low).toBeCloseTo(slopeLow, 8);
      expect(result.lengthEffectInterval.high).toBeCloseTo(slopeHigh, 8);
      // The values of the prompts have the rate as their mean, and its error in their spread.
      const { perPrompt, n } = result;
      const mean = perPrompt.reduce((sum, value) => sum + value, 0) / n;
      const spread = Math.sqrt(perPrompt.reduce((sum, value) => sum + (value - mean) ** 2, 0)) / n;
      const logitError = (Math.log(high / (1 - high)) - Math.log(low / (1 - low))) / (2 * 1.959963984540054);
      expect(mean).toBeCloseTo(rate, 9);
      expect(spread).toBeCloseTo(rate * (1 - rate) * logitError, 9);
    },
  );

  test('a policy that wins by length alone comes out even', () => {
    const random = randomStream(3);
    const n = 4000;
    const longer = Array.from({ length: n }, () => 40 * random() + 5);
    // As long as the reference at 15; ahead only where it is longer.
    const outcomes = longer.map((length) =>
      random() < 1 / (1 + Math.exp(-2 * Math.tanh((length - 15) / 11.5))) ? 1 : 0,
    );
    const plain = outcomes.reduce<number>((sum, outcome) => sum + outcome, 0) / n;
    const { rate, low, high, lengthEffect } = lengthControlledWinRate(outcomes, longer, Array(n).fill(15));
    expect(plain).toBeGreaterThan(0.65);
    expect(Math.abs(rate - 0.5)).toBeLessThan(0.05);
    expect([low < 0.5, 0.5 < high, lengthEffect > 1.5]).toEqual([true, true, true]);
  });

  test('swapping the two sides gives 1 − rate', () => {
    const [{ outcomes, policyLengths, referenceLengths }] = fixture.lengthControlled as [
      (typeof fixture.lengthControlled)[0],
    ];
    const forth = lengthControlledWinRate(outcomes, policyLengths, referenceLengths);
    const back = lengthControlledWinRate(
      outcomes.map((outcome) => 1 - outcome),
      referenceLengths,
      policyLengths,
    );
    expect(forth.rate + back.rate).toBeCloseTo(1, 10);
    expect(back.lengthEffect).toBeCloseTo(forth.lengthEffect, 10);
    for (const [index, value] of forth.perPrompt.entries())
      expect(value + (back.perPrompt[index] ?? Number.NaN)).toBeCloseTo(1, 8);
  });

  test.each([
    ['all outcomes are wins', [1, 1, 1], [1, 2, 3]],
    ['all outcomes are ties', [0.5, 0.5, 0.5, 0.5], [1, 2, 3, 4]],
    ['there is one prompt', [0], [7]],
    ['wins are longer by the same', [1, 1], [3, 3]],
    ['all lengths are the references’', [1, 0, 0.5, 1], [1, 1, 1, 1]],
  ])('where %s it is the plain win rate with its interval', (_, outcomes, policyLengths) => {
    const result = lengthControlledWinRate(outcomes, policyLengths, Array(outcomes.length).fill(1), 0.9);
    const { rate, low, high, n } = winRateOfOutcomes(outcomes, 0.9);
    const lengthEffectInterval = { low: -Infinity, high: Infinity };
    const flat = { lengthEffect: 0, lengthEffectInterval, perPrompt: outcomes };
    expect(result).toEqual({ rate, low, high, ...flat, n });
  });

  test('says that lengths separate more prompts than a call has arguments', () => {
    const lengths = Array.from({ length: 130_000 }, (_, index) => index + 1);
    const outcomes = lengths.map((length) => (length > 65_000 ? 1 : 0));
    const reference = lengths.map(() => 65_000);
    expect(() => lengthControlledWinRate(outcomes, lengths, reference)).toThrow(/separate the wins/);
  });

  test.each([
    ['nothing', [], [], [], 'invalid-lengths', /got 0 outcomes, 0 lengths/],
    ['lists of different lengths', [1, 0], [1], [1, 2], 'invalid-lengths', /got 2 outcomes, 1 lengths/],
    ['an outcome above 1', [2, 0], [1, 2], [1, 1], 'invalid-value', /pairOutcomes/],
    ['a length that is none', [1, 0], [Number.NaN, 2], [1, 1], 'invalid-value', /pair 0/],
    ['lengths that do not vary', [1, 0], [3, 3], [1, 1], 'invalid-value', /by the same amount/],
    [
      'lengths that hardly vary beside how far they are from the references’',
      ...[[1, 0, 1, 0], [105, 107, 109, 108], [60, 60, 60, 60], 'invalid-value', /almost the same amount/],
    ],
    [
      'lengths that vary so little that their features are equal',
      ...[
        [1, 0, 1, 0],
        [1050, 1070, 1090, 1080],
        [60, 60, 60, 60],
        'invalid-value',
        /almost the same amount/,
      ],
    ],
    ['lengths that separate', [0, 0, 1, 1], [1, 2, 3, 4], [2, 2, 2, 2], 'invalid-value', /separate/],
  ] as const)('refuses %s', (_, outcomes, policy, reference, code, message) => {
    const run = () => lengthControlledWinRate(outcomes, policy, reference);
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ name: 'GoldEvalError', code }));
  });
});
