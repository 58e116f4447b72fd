import type { EvaluationPoint } from '@ais/gold-eval';
import { expect, it } from 'vitest';
import type { ReportedPoint } from '../data/reported.js';
import { evaluationsOnCommonPrompts, onCommonPrompts } from './common-prompts.js';

const point = (squareRootKl: number, outcomes: readonly number[]): EvaluationPoint => ({
  fraction: 1,
  squareRootKl,
  outcomes,
  n: outcomes.length,
  rate: outcomes.reduce((sum, outcome) => sum + outcome, 0) / outcomes.length,
});

it('reads curves on the prompts that all evaluations asked', () => {
  const [first, second] = onCommonPrompts(
    [[point(0, [1, 0]), point(1, [1, 1, 0, 0])]],
    [[point(2, [0, 1, 1])]],
  );
  expect(first).toEqual([[point(0, [1, 0]), point(1, [1, 1])]]);
  expect(second).toEqual([[point(2, [0, 1])]]);
});

it('leaves curves alone that asked the same prompts', () => {
  const curves = [[point(0, [1, 0]), point(1, [1, 1])]];
  expect(onCommonPrompts(curves)[0]).toBe(curves);
  const { outcomes: _, ...bare } = point(0, [1]);
  expect(onCommonPrompts([[bare]])).toEqual([[[bare]]]);
});

it('reads evaluations on the prompts that all of them asked, with their KL', () => {
  const evaluated = (outcomes: readonly number[], perPrompt: readonly number[]): ReportedPoint => ({
    fraction: 1,
    step: 1,
    winRate: { rate: 0.9, low: 0, high: 1, n: outcomes.length, ties: 0, outcomes },
    kl: { mean: 9, standardError: 1, perPrompt },
    meanLength: 5,
    goldRewardMean: 0,
  });
  const [[early], [last]] = evaluationsOnCommonPrompts([
    [evaluated([1, 0], [1, 3])],
    [evaluated([1, 1, 0, 0], [2, 6, 8, 8])],
  ]) as [[ReportedPoint], [ReportedPoint]];
  expect(early).toEqual(evaluated([1, 0], [1, 3]));
  expect(last.winRate).toMatchObject({ rate: 1, n: 2, outcomes: [1, 1] });
  expect(last.kl).toEqual({ mean: 4, standardError: 2, perPrompt: [2, 6] });
  expect(last.meanLength).toBe(5);
});
