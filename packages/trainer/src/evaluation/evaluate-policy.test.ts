import { functionScorer } from '@ais/gold-eval';
import type { PromptResponse } from '@ais/language-model';
import { expect, it } from 'vitest';
import { tinyExamples, tinyModel } from '../../test/tiny-model.js';
import { evaluatePolicy } from './evaluate-policy.js';
import { supervisedLoss } from './supervised-loss.js';

const options = { maxNewTokens: 6, seed: 3, klPrompts: 4 };

it('measures loss, win rate, exact KL, and samples', async () => {
  const [policy, reference] = [tinyModel(1), tinyModel(2)];
  const examples = tinyExamples(6);
  const brevity = functionScorer('brevity', ({ response }: PromptResponse) => -response.length);
  const { metrics, responses } = await evaluatePolicy(policy, examples, {
    ...options,
    reference,
    scorer: brevity,
  });
  const lengths = responses.map(({ tokens }) => tokens.length);
  const points = lengths.map((length, index) => {
    const other = examples[index]?.response.length as number;
    return length < other ? 1 : length === other ? 0.5 : 0;
  });
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  expect(metrics['eval_win_rate']).toBeCloseTo(mean(points), 12);
  expect(metrics['eval_ties']).toBe(points.filter((point) => point === 0.5).length);
  expect(metrics['eval_reward']).toBeCloseTo(-mean(lengths), 12);
  expect(metrics['eval_mean_length']).toBeCloseTo(mean(lengths), 12);
  expect(metrics['eval_loss']).toBeCloseTo(await supervisedLoss(policy, examples), 6);
  expect(metrics['eval_kl']).toBeGreaterThan(0.1);
  expect(responses.map(({ id }) => id)).toEqual(examples.map(({ id }) => id));
  for (const model of [policy, reference]) model.dispose();
});

it('is at no distance from itself, and leaves out what it has nothing to measure with', async () => {
  const model = tinyModel(1);
  const { metrics } = await evaluatePolicy(model, tinyExamples(3), { ...options, reference: model });
  expect(Math.abs(metrics['eval_kl'] as number)).toBeLessThan(1e-5);
  expect(Object.keys(metrics).filter((name) => name.includes('win'))).toEqual([]);
  model.dispose();
});
