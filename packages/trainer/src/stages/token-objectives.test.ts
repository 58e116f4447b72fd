// Objectives that read the log-probability of each token: every stage prepares them, and only for these.
import { readFile, writeFile } from 'node:fs/promises';
import type { CausalLanguageModel } from '@ais/language-model';
import {
  cispo,
  dpo,
  gspo,
  humanline,
  luspo,
  type Objective,
  type PairBatch,
  rloo,
  type SampleBatch,
  sumByRow,
  type TokenPairBatch,
  type TokenSampleBatch,
} from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { keptModels } from '../../test/kept-models.js';
import { runFolder } from '../../test/run-folder.js';
import { tinyExamples, tinyModel, tinyPairs } from '../../test/tiny-model.js';
import { evaluatePreference } from '../evaluation/evaluate-preference.js';
import { computeReferenceLogProbs } from '../inference/reference-log-probs.js';
import { trainOnlinePreference } from './online-preference.js';
import { trainPolicyGradient } from './policy-gradient.js';
import { trainPreference } from './preference.js';

const folder = runFolder();
const kept = keptModels();
const newModel = (seed?: number): CausalLanguageModel => kept(tinyModel(seed));
const options = { seed: 1, batchSize: 4, learningRate: 1e-2, steps: 3, maxNewTokens: 4 };
const scorer = {
  specificationVersion: 'v1' as const,
  name: 'length',
  score: async (items: readonly { response: readonly number[] }[]) =>
    items.map(({ response }) => response.length),
};
// Updates in proportion to gradients, so that rounding stays rounding.
const proportional = { adamw: { epsilon: 1 }, learningRate: 0.1 };
const unbounded = { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };

const V1_PAIR = [
  'policyChosen',
  'policyRejected',
  'referenceChosen',
  'referenceRejected',
  'chosenLength',
  'rejectedLength',
];
const BEHAVIOR = ['behaviorChosen', 'behaviorRejected'];
const BEHAVIOR_TOKENS = ['behaviorChosenTokens', 'behaviorRejectedTokens'];
const REWARDS = ['chosenReward', 'rejectedReward'];
const PAIR_TOKENS = [
  ...['policyChosenTokens', 'policyRejectedTokens', 'referenceChosenTokens', 'referenceRejectedTokens'],
  ...['chosenTokenRow', 'rejectedTokenRow'],
];
const V1_SAMPLE = ['policy', 'reference', 'rewards', 'length', 'group'];

/** −Σ log π_θ(y), after a look at the batch; the first one it is given is a probe, without a model. */
function looking<B extends PairBatch | SampleBatch>(
  requires: Objective<B>['requires'],
  look: (batch: B) => void,
): Objective<B> {
  let probed = false;
  return {
    specificationVersion: requires.tokens ? 'v2' : 'v1',
    name: 'looking',
    requires,
    evaluate(batch) {
      if (probed) look(batch);
      probed = true;
      const policy = 'policy' in batch ? batch.policy : batch.policyChosen;
      return { losses: tf.neg(policy), metrics: {} };
    },
  };
}

/** Tokens add up to the sums, row by row. */
function expectSums(sums: tf.Tensor1D, tokens: tf.Tensor1D, rows: tf.Tensor1D): void {
  const found = sumByRow(tokens, rows, sums.size).dataSync();
  sums.dataSync().forEach((sum, row) => {
    expect(found[row]).toBeCloseTo(sum, 3);
  });
}

function expectPairTokens(batch: TokenPairBatch): void {
  expectSums(batch.policyChosen, batch.policyChosenTokens, batch.chosenTokenRow);
  expectSums(batch.policyRejected, batch.policyRejectedTokens, batch.rejectedTokenRow);
  expectSums(batch.referenceChosen, batch.referenceChosenTokens, batch.chosenTokenRow);
  expectSums(batch.referenceRejected, batch.referenceRejectedTokens, batch.rejectedTokenRow);
}

const reading = { feedback: 'pairs', reference: true, tokens: true } as const;

describe('pairs', () => {
  const pairs = tinyPairs(7);

  it.each([
    [{ feedback: 'pairs', reference: true } as const, V1_PAIR],
    [reading, [...V1_PAIR, ...PAIR_TOKENS]],
    [{ ...reading, reference: false }, [...V1_PAIR, ...PAIR_TOKENS].filter((name) => !/^ref/.test(name))],
  ])('have what %j names, and nothing else', async (requires, expected) => {
    const model = newModel();
    const tokens = 'tokens' in requires;
    const reference = await computeReferenceLogProbs(model, pairs, { microBatchSize: 2, tokens });
    let seen = 0;
    const objective = looking<PairBatch>(requires, (batch) => {
      seen += 1;
      expect(Object.keys(batch).sort()).toEqual([...expected].sort());
      if (tokens && requires.reference) expectPairTokens(batch as TokenPairBatch);
    });
    const run = { ...options, directory: folder('run'), microBatchSize: 3 };
    await trainPreference(model, reference, pairs, objective, run);
    await evaluatePreference(model, reference, pairs, objective, { batchSize: 3 });
    expect(seen).toBe(5 + 3);
  });

  it('begin with tokens of policy and reference alike, in order', async () => {
    const model = newModel();
    const reference = await computeReferenceLogProbs(model, pairs, { microBatchSize: 4, tokens: true });
    const objective = looking<PairBatch>(reading, (given) => {
      const batch = given as TokenPairBatch;
      for (const side of ['Chosen', 'Rejected'] as const) {
        const [policy, fixed] = [batch[`policy${side}Tokens`], batch[`reference${side}Tokens`]];
        expect(tf.max(tf.abs(tf.sub(policy, fixed))).dataSync()[0]).toBeLessThan(1e-5);
      }
    });
    await trainPreference(model, reference, pairs, objective, {
      ...options,
      directory: folder('run'),
      learningRate: 0,
      microBatchSize: 3,
    });
  });

  it.each([undefined, { every: 1, mixup: 1 }])(
    'train to the same weights with humanline without bounds, the reference moving as %j',
    async (referenceSync) => {
      const ends: number[][] = [];
      for (const objective of [dpo({ beta: 0.5 }), humanline(dpo({ beta: 0.5 }), unbounded)]) {
        const [model, fixed] = [newModel(), newModel()];
        const tokens = objective.requires.tokens ?? false;
        const reference = await computeReferenceLogProbs(fixed, pairs, { microBatchSize: 4, tokens });
        await trainPreference(model, reference, pairs, objective, {
          ...options,
          ...proportional,
          directory: folder(objective.name),
          ...(referenceSync && { referenceSync: { ...referenceSync, model: fixed } }),
        });
        ends.push([...model.parameters.values()].flatMap((variable) => [...variable.dataSync()]));
      }
      ends[1]?.forEach((value, index) => {
        expect(Math.abs(value - (ends[0]?.[index] ?? Number.NaN))).toBeLessThan(1e-4);
      });
    },
  );

  it('are stored with their tokens, and computed again if a file has sums alone', async () => {
    const model = newModel();
    const path = folder('reference.json');
    const stored = { microBatchSize: 2, path };
    const sums = await computeReferenceLogProbs(model, pairs, stored);
    expect(sums.tokens).toBeUndefined();
    await expect(
      trainPreference(model, sums, pairs, humanline(dpo({ beta: 1 })), {
        ...options,
        directory: folder('run'),
      }),
    ).rejects.toThrow(/"humanline-dpo" reads the reference's log-probability of each token/);
    const first = await computeReferenceLogProbs(model, pairs, { ...stored, tokens: true });
    expect(first).toMatchObject({ chosen: sums.chosen, rejected: sums.rejected });
    const again = {
      ...stored,
      onProgress: () => expect.fail('computed again'),
    };
    expect(await computeReferenceLogProbs(model, pairs, { ...again, tokens: true })).toEqual(first);
    expect(await computeReferenceLogProbs(model, pairs, again)).toEqual(first);
    const content = await readFile(path, 'utf8');
    await writeFile(path, content.replace(/("tokens":{"chosen":")../, '$1zz'));
    await expect(computeReferenceLogProbs(model, pairs, stored)).rejects.toThrow(/damaged/);
  });
});

describe('samples', () => {
  const prompts = tinyExamples(5);

  it.each([undefined, true])('of online pairs have tokens: %s', async (tokens) => {
    const requires = tokens ? reading : ({ feedback: 'pairs', reference: true } as const);
    const expected = [
      ...V1_PAIR,
      ...BEHAVIOR,
      ...REWARDS,
      ...(tokens ? [...PAIR_TOKENS, ...BEHAVIOR_TOKENS] : []),
    ];
    const objective = looking<PairBatch>(requires, (batch) => {
      expect(Object.keys(batch).sort()).toEqual(expected.sort());
      if (tokens) expectPairTokens(batch as TokenPairBatch);
    });
    await trainOnlinePreference({ policy: newModel(), reference: newModel(2), scorer }, prompts, objective, {
      ...options,
      directory: folder('run'),
      microBatchSize: 3,
    });
  });

  it.each([
    [2, undefined],
    [1, true],
    [2, true],
    [3, true],
  ] as const)('in groups of %i have tokens: %s', async (samples, tokens) => {
    const requires = { feedback: 'samples', reference: true, ...(tokens && { tokens }) } as const;
    const expected = [...V1_SAMPLE, ...(tokens ? ['policyTokens', 'referenceTokens', 'tokenRow'] : [])];
    const reference = newModel();
    let first = true;
    const objective = looking<SampleBatch>(requires, (batch) => {
      expect(Object.keys(batch).sort()).toEqual([...expected].sort());
      if (!tokens) return;
      const { policy, policyTokens, referenceTokens, tokenRow, length } = batch as TokenSampleBatch;
      expectSums(policy, policyTokens, tokenRow);
      expectSums(batch.reference, referenceTokens, tokenRow);
      expectSums(length, tf.ones<tf.Rank.R1>([tokenRow.size]), tokenRow);
      // Policy and reference begin as one, so that tokens in another order would show.
      if (first)
        expect(tf.max(tf.abs(tf.sub(policyTokens, referenceTokens))).dataSync()[0]).toBeLessThan(1e-4);
      first = false;
    });
    await trainPolicyGradient({ policy: newModel(), reference, scorer }, prompts, objective, {
      ...options,
      directory: folder('run'),
      microBatchSize: 4,
      samples,
    });
  });

  it('carry the log-probabilities of the policy that sampled, if asked for', async () => {
    const requires = { feedback: 'samples', reference: false, tokens: true, behavior: true } as const;
    const objective = looking<SampleBatch>(requires, (batch) => {
      expect(Object.keys(batch).sort()).toEqual(
        [
          'policy',
          'behavior',
          'policyTokens',
          'behaviorTokens',
          'tokenRow',
          'rewards',
          'length',
          'group',
        ].sort(),
      );
      const { policyTokens, behaviorTokens } = batch as TokenSampleBatch;
      expect(batch.behavior?.dataSync()).toEqual(batch.policy.dataSync());
      expect(behaviorTokens?.dataSync()).toEqual(policyTokens.dataSync());
    });
    await trainPolicyGradient({ policy: newModel(), scorer }, prompts, objective, {
      ...options,
      directory: folder('run'),
      microBatchSize: 2,
      samples: 3,
    });
  });

  it.each([() => gspo(), () => luspo(), () => cispo()])('train %#', async (make) => {
    const objective = make() as Objective<SampleBatch>;
    const run = { ...options, directory: folder(objective.name), samples: 4 };
    const { metrics } = await trainPolicyGradient({ policy: newModel(), scorer }, prompts, objective, run);
    expect(metrics['ratios/mean']).toBeCloseTo(1, 6);
    expect(metrics['ratios/clipped']).toBe(0);
  });

  it('train to the same weights with humanline without bounds', async () => {
    const ends: number[][] = [];
    for (const objective of [rloo({ beta: 0.1 }), humanline(rloo({ beta: 0.1 }), unbounded)]) {
      const policy = newModel();
      await trainPolicyGradient({ policy, reference: newModel(2), scorer }, prompts, objective, {
        ...options,
        ...proportional,
        directory: folder(objective.name),
        samples: 3,
      });
      ends.push([...policy.parameters.values()].flatMap((variable) => [...variable.dataSync()]));
    }
    ends[1]?.forEach((value, index) => {
      expect(Math.abs(value - (ends[0]?.[index] ?? Number.NaN))).toBeLessThan(1e-4);
    });
  });
});
