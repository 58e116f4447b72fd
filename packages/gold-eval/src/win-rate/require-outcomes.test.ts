import { describe, expect, test } from 'vitest';
import { GoldEvalError } from '../errors.js';
import { labelOutcomes } from '../scoring/label-outcomes.js';
import { requireOutcomes } from '../statistics/require-outcomes.js';
import { comparePolicies, pairedDifferences } from './compare-policies.js';
import { lengthControlledWinRate } from './length-controlled-win-rate.js';
import { winRateOfOutcomes } from './win-rate.js';

test('takes outcomes and means of them', () => {
  expect(() => requireOutcomes([1, 0.5, 0, 0.25, 2 / 3])).not.toThrow();
  expect(() => requireOutcomes([])).not.toThrow();
});

const taking: [string, (outcomes: number[]) => unknown][] = [
  ['winRateOfOutcomes', (outcomes) => winRateOfOutcomes(outcomes)],
  ['labelOutcomes', (outcomes) => labelOutcomes(outcomes)],
  ['comparePolicies', (outcomes) => comparePolicies(outcomes, [1, 0, 1])],
  ['comparePolicies, of the second', (outcomes) => comparePolicies([1, 0, 1], outcomes)],
  ['pairedDifferences', (outcomes) => pairedDifferences(outcomes, [1, 0, 1])],
  ['lengthControlledWinRate', (outcomes) => lengthControlledWinRate(outcomes, [1, 2, 3], [2, 2, 2])],
];

describe.each(taking)('%s', (_, take) => {
  test.each<[string, unknown[], string]>([
    ['rewards', [3, -2, 0.7], '0 must be 1, ½, or 0, or a mean of these, got 3. '],
    ['NaN', [1, Number.NaN, 0], '1 must be 1, ½, or 0, or a mean of these, got NaN. '],
    ['text', [1, 0, '1'], '2 must be 1, ½, or 0, or a mean of these, got "1". '],
    ['nothing', [1, undefined, 0], '1 must be 1, ½, or 0, or a mean of these, got undefined. '],
  ])('refuses %s', (__, outcomes, message) => {
    const run = () => take(outcomes as number[]);
    expect(run).toThrow(GoldEvalError);
    expect(run).toThrow(message);
    expect(run).toThrow('make them with pairOutcomes.');
  });
});
