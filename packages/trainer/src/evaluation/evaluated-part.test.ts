import { functionScorer } from '@ais/gold-eval';
import type { PromptResponse } from '@ais/language-model';
import { expect, it } from 'vitest';
import { keptModels } from '../../test/kept-models.js';
import { tinyExamples, tinyModel } from '../../test/tiny-model.js';
import { evaluateInParts, evaluateShard } from './evaluate-in-parts.js';
import { evaluatePolicy, policyEvaluator } from './evaluate-policy.js';
import type { PolicyEvaluatorOptions } from './policy-evaluation.js';

type Wrong = Partial<
  Pick<PolicyEvaluatorOptions, 'klPrompts' | 'maxNewTokens' | 'temperature' | 'klTemperature'>
>;

const keep = keptModels();
const options = { maxNewTokens: 2, seed: 1 };
const refused = (message: string): unknown =>
  expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining(message) });

it.each<[string, Wrong, string]>([
  ...[Number.NaN, 0.5, -1, Number.POSITIVE_INFINITY].flatMap((value): [string, Wrong, string][] => [
    [`${value} klPrompts`, { klPrompts: value }, `klPrompts must be an integer ≥ 0, got ${value}.`],
    [`${value} maxNewTokens`, { maxNewTokens: value }, `maxNewTokens must be an integer ≥ 1, got ${value}.`],
  ]),
  ['no new tokens', { maxNewTokens: 0 }, 'maxNewTokens must be an integer ≥ 1, got 0.'],
  ['a temperature', { temperature: Number.NaN }, 'temperature must be a finite number ≥ 0, got NaN.'],
  ['a temperature of KL', { klTemperature: -1 }, 'klTemperature must be a finite number ≥ 0, got -1.'],
])('refuses %s before anything is measured', async (_, wrong, message) => {
  const policy = keep(tinyModel(1));
  const asked: unknown[] = [];
  const scorer = functionScorer<PromptResponse>('none', (item) => asked.push(item));
  const given = { ...options, reference: policy, scorer, ...wrong };
  const share = { path: 'never-written', shard: { index: 1, count: 2 } };
  expect(() => policyEvaluator(tinyExamples(3), given)).toThrow(refused(message));
  await expect(evaluatePolicy(policy, tinyExamples(3), given)).rejects.toThrow(refused(message));
  await expect(evaluateInParts(policy, tinyExamples(3), given)).rejects.toThrow(refused(message));
  await expect(evaluateShard(policy, tinyExamples(3), { ...given, ...share })).rejects.toThrow(
    refused(message),
  );
  expect(asked).toEqual([]);
});

it.each([Number.NaN, 0.5, -1, 0])('refuses to ask %s prompts', async (prompts) => {
  const policy = keep(tinyModel(1));
  await expect(evaluatePolicy(policy, tinyExamples(3), { ...options, prompts })).rejects.toThrow(
    refused(`prompts must be an integer ≥ 1, got ${prompts}.`),
  );
});

it('refuses to evaluate on nothing', async () => {
  const policy = keep(tinyModel(1));
  const nothing = refused('There are no examples to evaluate on.');
  expect(() => policyEvaluator([], options)).toThrow(nothing);
  await expect(evaluatePolicy(policy, [], options)).rejects.toThrow(nothing);
  await expect(evaluateInParts(policy, [], options)).rejects.toThrow(nothing);
});

it('leaves out the loss on empty responses, of which there is none', async () => {
  const policy = keep(tinyModel(1));
  const [first, ...others] = tinyExamples(3).map((example) => ({ ...example, response: [] as number[] }));
  const empty = await evaluatePolicy(policy, [first!, ...others], options);
  expect(Object.keys(empty.metrics)).toEqual(['eval_mean_length']);
  const mixed = await evaluatePolicy(policy, [{ ...first!, response: [2, 0] }, ...others], options);
  const alone = await evaluatePolicy(policy, [{ ...first!, response: [2, 0] }], options);
  // Other rows in a batch change the last digit on native TensorFlow.
  expect(mixed.metrics['eval_loss']).toBeCloseTo(alone.metrics['eval_loss']!, 5);
});
