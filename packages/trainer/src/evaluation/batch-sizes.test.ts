import { functionScorer } from '@ais/gold-eval';
import { createRewardModel, type PromptResponse } from '@ais/language-model';
import { dpo, kto, simpo } from '@ais/objectives';
import { aot } from '@ais/objectives/contrib';
import { expect, it } from 'vitest';
import { keptModels } from '../../test/kept-models.js';
import { tinyExamples, tinyModel, tinyPairs } from '../../test/tiny-model.js';
import {
  computeReferenceLogProbs,
  computeReferenceShard,
  pairLogProbs,
} from '../inference/reference-log-probs.js';
import { rewardModelScorer } from '../inference/reward-model-scorer.js';
import { scoreSequences } from '../inference/score-sequences.js';
import { evaluateUnpaired, mismatchedPairs } from '../stages/unpaired.js';
import { evaluateInParts } from './evaluate-in-parts.js';
import { evaluateKl } from './evaluate-kl.js';
import { evaluatePolicy } from './evaluate-policy.js';
import { evaluatePreference } from './evaluate-preference.js';
import { evaluateRewardModel } from './evaluate-reward-model.js';
import { supervisedLoss } from './supervised-loss.js';

const keep = keptModels();

it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses to take %s at once', async (size) => {
  const [policy, body] = [keep(tinyModel(1)), keep(tinyModel(3))];
  const gold = createRewardModel(body, { seed: 4 });
  const [pairs, examples] = [tinyPairs(3), tinyExamples(3)];
  const labeled = examples.map((example) => ({ ...example, desirable: true }));
  const responses = examples.map(({ prompt, response }): PromptResponse => ({ prompt, response }));
  const sequences = examples.map(({ prompt, response }) => [...prompt, ...response]);
  const ofLabeled = await computeReferenceLogProbs(policy, mismatchedPairs(labeled), { microBatchSize: 2 });
  const reference = await computeReferenceLogProbs(policy, pairs, { microBatchSize: 2 });
  const scorer = await rewardModelScorer(gold, { batchSize: size });
  const options = { maxNewTokens: 2, seed: 1 };
  const judging = { ...options, scorer: functionScorer<PromptResponse>('none', () => 0), reference: policy };
  const batch = { batchSize: size };
  const share = { path: 'never-written', shard: { index: 1, count: 2 }, microBatchSize: size };

  const refused: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['batchSize', () => scoreSequences(gold, sequences, batch)],
    ['batchSize', async () => scorer.score(responses)],
    ['batchSize', () => evaluateRewardModel(gold, pairs, batch)],
    ['batchSize', () => supervisedLoss(policy, examples, batch)],
    ['batchSize', () => evaluateKl(policy, policy, [[1]], { ...options, ...batch })],
    ['batchSize', () => evaluatePreference(policy, reference, pairs, dpo({ beta: 1 }), batch)],
    ['batchSize', () => evaluatePreference(policy, undefined, pairs, simpo({ beta: 1, gamma: 0 }), batch)],
    ['batchSize', () => evaluatePreference(policy, reference, pairs, aot({ beta: 1 }), batch)],
    ['batchSize', () => evaluateUnpaired(policy, ofLabeled, labeled, kto({ beta: 1 }), batch)],
    ['microBatchSize', () => pairLogProbs(policy, pairs, { microBatchSize: size })],
    ['microBatchSize', () => computeReferenceShard(policy, pairs, share)],
    ...(['loss', 'score', 'kl'] as const).flatMap((name) => {
      const sized = { ...judging, batchSizes: { [name]: size } };
      return [
        [`batchSizes.${name}`, () => evaluatePolicy(policy, examples, sized)] as const,
        [`batchSizes.${name}`, () => evaluateInParts(policy, examples, sized)] as const,
      ];
    }),
  ];
  for (const [name, call] of refused) {
    await expect(call(), call.toString()).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining(` ${name} must be an integer ≥ 1, got ${size}.`),
    });
  }
});

it('measures nothing over no pairs, whatever the objective reads', async () => {
  const policy = keep(tinyModel(1));
  const reference = await computeReferenceLogProbs(policy, [], { microBatchSize: 2 });
  for (const objective of [dpo({ beta: 1 }), aot({ beta: 1 })]) {
    expect(await evaluatePreference(policy, reference, [], objective)).toEqual({ eval_pairs: 0 });
  }
});
