import { functionScorer, type Judge, type PairVerdict } from '@ais/gold-eval';
import { createRewardModel, type PromptResponse } from '@ais/language-model';
import { expect, it } from 'vitest';
import { tinyExamples, tinyModel } from '../../test/tiny-model.js';
import { rewardModelScorer } from '../inference/reward-model-scorer.js';
import { scoreSequences } from '../inference/score-sequences.js';
import { evaluateKl } from './evaluate-kl.js';
import { evaluatePolicy, policyEvaluator } from './evaluate-policy.js';
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

it('gives greedy responses, rewards, and divergences to the last digit of what its parts give', async () => {
  const [policy, reference, body] = [tinyModel(1), tinyModel(2), tinyModel(3)];
  const gold = createRewardModel(body, { seed: 4 });
  const examples = tinyExamples(40);
  const prompts = examples.map(({ prompt }) => prompt);
  const found = await evaluatePolicy(policy, examples, {
    reference,
    scorer: await rewardModelScorer(gold),
    loss: false,
    maxNewTokens: 6,
    temperature: 0,
    klPrompts: 10,
    seed: 3,
    batchSizes: { score: examples.length, kl: 3 },
  });
  const greedy = await policy.generate(prompts, { maxNewTokens: 6, temperature: 0, seed: 8 });
  expect(found.responses.map(({ tokens }) => tokens)).toEqual(greedy.map(({ tokens }) => tokens));
  expect(found.responses.map(({ finished }) => finished)).toEqual(greedy.map(({ finished }) => finished));
  expect(found.responses.map(({ length }) => length)).toEqual(greedy.map(({ tokens }) => tokens.length));
  const score = (responses: readonly (readonly number[])[]): Promise<number[]> =>
    scoreSequences(
      gold,
      responses.map((response, index) => [...(prompts[index] ?? []), ...response]),
    );
  expect(found.responses.map(({ reward }) => reward)).toEqual(
    await score(greedy.map(({ tokens }) => tokens)),
  );
  expect(found.responses.map(({ referenceReward }) => referenceReward)).toEqual(
    await score(examples.map(({ response }) => response)),
  );
  const { mean, standardError, sums } = await evaluateKl(policy, reference, prompts.slice(0, 10), {
    maxNewTokens: 6,
    seed: 3,
    batchSize: 3,
  });
  expect(found.kl).toEqual({ mean, standardError, perPrompt: sums });
  expect(found.outcomes).toEqual(
    found.responses.map(({ reward, referenceReward }) => (reward! > referenceReward! ? 1 : 0)),
  );
  expect(found.metrics).not.toHaveProperty('eval_loss');
  for (const model of [policy, reference, gold]) model.dispose();
});

it('scores the references once along a run, and tells how far it is', async () => {
  const model = tinyModel(1);
  const examples = tinyExamples(5);
  let scored = 0;
  const scorer = functionScorer('brevity', ({ response }: PromptResponse) => {
    scored += 1;
    return -response.length;
  });
  const evaluator = policyEvaluator(examples, { ...options, scorer, reference: model });
  const reports: [number, number][] = [];
  const onProgress = (completed: number, total: number): number => reports.push([completed, total]);
  const first = await evaluator.evaluate(model, { onProgress });
  expect(scored).toBe(10);
  expect(reports.at(-1)).toEqual([23, 23]);
  expect(reports.map(([completed]) => completed)).toEqual(
    reports.map(([completed]) => completed).sort((a, b) => a - b),
  );
  const second = await evaluator.evaluate(model, { onProgress });
  expect(scored).toBe(15);
  expect(reports.at(-1)).toEqual([18, 18]);
  expect(second).toEqual(first);
  const referenceRewards = first.responses.map(({ referenceReward = Number.NaN }) => referenceReward);
  const told = policyEvaluator(examples, { ...options, scorer, reference: model, referenceRewards });
  expect(await told.evaluate(model)).toEqual(first);
  expect(scored).toBe(20);
  expect(() => policyEvaluator(examples, { ...options, scorer, referenceRewards: [0] })).toThrow(
    expect.objectContaining({ name: 'TrainerError', code: 'invalid-option' }),
  );
  await expect(evaluator.evaluate(model, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: 'AbortError',
  });
  model.dispose();
});

it('takes the verdicts of a judge that compares, which has no rewards', async () => {
  const model = tinyModel(1);
  const examples = tinyExamples(4);
  const shown: PromptResponse[] = [];
  const verdicts: readonly PairVerdict[] = [
    { outcome: 1, aFirst: 1, bFirst: 1 },
    { outcome: 0.5, aFirst: 1, bFirst: 0 },
    { outcome: 0, aFirst: 0, bFirst: 0 },
    { outcome: 1, aFirst: 1, bFirst: 1 },
  ];
  const judge: Judge<PromptResponse> = {
    specificationVersion: 'v1',
    name: 'panel',
    compare: async (pairs) => {
      shown.push(...pairs.map(({ b }) => b));
      return pairs.map((_, index) => verdicts[index]!);
    },
  };
  const evaluator = policyEvaluator(examples, { ...options, scorer: judge });
  const reports: [number, number][] = [];
  const found = await evaluator.evaluate(model, { onProgress: (done, total) => reports.push([done, total]) });
  expect(found.outcomes).toEqual([1, 0.5, 0, 1]);
  expect(found.metrics).toMatchObject({
    eval_win_rate: 0.625,
    eval_ties: 1,
    eval_reward: 0.625,
    eval_reference_reward: 0.375,
    eval_position_bias: 0.25,
  });
  expect(found.responses.map(({ reward, referenceReward }) => [reward, referenceReward])).toEqual([
    [1, 0],
    [0.5, 0.5],
    [0, 1],
    [1, 0],
  ]);
  expect(shown.map(({ response }) => response)).toEqual(examples.map(({ response }) => response));
  expect(reports.at(-1)).toEqual([8, 8]);
  model.dispose();
});

it('measures the divergence along responses of another temperature if asked to', async () => {
  const [policy, reference] = [tinyModel(1), tinyModel(2)];
  const along = async (klTemperature: number): Promise<number | undefined> =>
    (await evaluatePolicy(policy, tinyExamples(4), { ...options, reference, klTemperature })).kl?.mean;
  const prompts = tinyExamples(4).map(({ prompt }) => prompt);
  const greedy = await evaluateKl(policy, reference, prompts, { maxNewTokens: 6, seed: 3, temperature: 0 });
  expect(await along(0)).toBe(greedy.mean);
  expect(await along(1)).not.toBe(greedy.mean);
  for (const model of [policy, reference]) model.dispose();
});

it('measures the divergence along the judged responses themselves at their temperature', async () => {
  const [policy, reference] = [tinyModel(1), tinyModel(2)];
  const examples = tinyExamples(6);
  const reports: [number, number][] = [];
  const found = await evaluatePolicy(policy, examples, {
    ...options,
    reference,
    loss: false,
    temperature: 0.7,
    klTemperature: 0.7,
    onProgress: (completed, total) => reports.push([completed, total]),
  });
  const prompts = examples.slice(0, 4).map(({ prompt }) => prompt);
  const along = await evaluateKl(policy, reference, prompts, { maxNewTokens: 6, seed: 3, temperature: 0.7 });
  expect(along.generations.map(({ tokens }) => tokens)).toEqual(
    found.responses.slice(0, 4).map(({ tokens }) => tokens),
  );
  expect(found.kl?.perPrompt).toEqual(along.sums);
  expect(reports.at(-1)).toEqual([10, 10]);
  for (const model of [policy, reference]) model.dispose();
});

it('measures on the first prompts alone what it measures of them among all', async () => {
  const [policy, reference] = [tinyModel(1), tinyModel(2)];
  const examples = tinyExamples(6);
  const scorer = functionScorer('brevity', ({ response }: PromptResponse) => -response.length);
  const evaluator = policyEvaluator(examples, { ...options, scorer, reference, loss: false });
  const reports: [number, number][] = [];
  const onProgress = (completed: number, total: number): number => reports.push([completed, total]);
  const some = await evaluator.evaluate(policy, { prompts: 3, onProgress });
  expect(reports.at(-1)).toEqual([18, 18]);
  const all = await evaluator.evaluate(policy);
  expect(some.responses).toEqual(all.responses.slice(0, 3));
  expect(some.outcomes).toEqual(all.outcomes?.slice(0, 3));
  expect(some.winRate?.n).toBe(3);
  // Batches of other shapes round differently on native.
  const close = all.kl?.perPrompt.slice(0, 3).map((value) => expect.closeTo(value, 5));
  expect(some.kl?.perPrompt).toEqual(close);
  for (const model of [policy, reference]) model.dispose();
});
