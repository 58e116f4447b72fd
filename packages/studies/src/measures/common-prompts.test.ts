import type { EvaluationPoint } from '@ais/gold-eval';
import { expect, it } from 'vitest';
import { onCommonPrompts } from './common-prompts.js';

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
