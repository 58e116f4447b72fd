import type { CausalLanguageModel } from '@ais/language-model';
import { cispo, dpo, gspo, luspo, type Objective, rloo, type SampleBatch, sftLoss } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { keptModels } from '../../test/kept-models.js';
import {
  allDraws,
  copies,
  divergence,
  gradientOf,
  oneTokenModel,
  optimalLogProbs,
  relativeDistance,
  rewardOf,
  TOKENS,
  tokenLogProbs,
  tokenScorer,
  withResponses,
} from '../../test/one-token-world.js';
import { expectResumesBitForBit } from '../../test/resumed-run.js';
import { runFolder, untimedMetrics } from '../../test/run-folder.js';
import { tinyExamples, tinyModel } from '../../test/tiny-model.js';
import { cosineSchedule } from '../optimizer/schedules.js';
import {
  type PolicyGradientOptions,
  paperRloo,
  policyGradientStage,
  trainPolicyGradient,
} from './policy-gradient.js';

const folder = runFolder();
const kept = keptModels();
const newModel = (seed?: number): CausalLanguageModel => kept(tinyModel(seed));

const options = (name: string, more: Partial<PolicyGradientOptions> = {}): PolicyGradientOptions => ({
  directory: folder(name),
  seed: 1,
  batchSize: 4,
  learningRate: 1e-2,
  maxGradientNorm: 1,
  maxNewTokens: 4,
  ...more,
});

describe('trainPolicyGradient', () => {
  it.each([2, 3])('has the gradient of E[R] − β·KL by enumeration, k = %i', async (k) => {
    const beta = 0.3;
    const [policy, reference] = [kept(oneTokenModel(1)), kept(oneTokenModel(2))];
    const logProbs = [...tokenLogProbs(policy).dataSync()];
    const { draws, probabilities } = allDraws(logProbs, k);
    const stage = await policyGradientStage(
      { policy: withResponses(policy, draws), reference, scorer: tokenScorer },
      copies(draws.length),
      rloo({ beta }),
      options('run', { samples: k, batchSize: draws.length, maxNewTokens: 1 }),
    );
    const indices = draws.map((_, index) => index);
    await stage.prepare?.(indices, { step: 0 });
    let estimated: number[] = [];
    // In parts: RLOO compares every sample of a batch with every other.
    for (let from = 0; from < draws.length; from += 256) {
      const part = indices.slice(from, from + 256);
      const gradient = gradientOf(policy, () => {
        const weights = tf.tensor1d(part.map((index) => probabilities[index] as number));
        return tf.sum(tf.mul(stage.evaluate(part).losses, weights)) as tf.Scalar;
      });
      estimated = gradient.map((value, index) => value + (estimated[index] ?? 0));
    }
    const referenceLogProbs = tokenLogProbs(reference);
    const enumerated = gradientOf(policy, () => {
      const log = tokenLogProbs(policy);
      const penalized = tf.sub(
        tf.tensor1d(TOKENS.map(rewardOf)),
        tf.mul(beta, tf.sub(log, referenceLogProbs)),
      );
      return tf.neg(tf.sum(tf.mul(tf.exp(log), penalized))) as tf.Scalar;
    });
    expect(relativeDistance(enumerated, estimated)).toBeLessThan(1e-4);
  });

  it('reaches π_ref·exp(R/β)/Z', async () => {
    const beta = 1;
    const [policy, reference] = [kept(oneTokenModel()), kept(oneTokenModel())];
    const start = [...tokenLogProbs(reference).dataSync()];
    const best = optimalLogProbs(start, beta);
    const { metrics } = await trainPolicyGradient(
      { policy, reference, scorer: tokenScorer },
      copies(64),
      rloo({ beta }),
      options('run', {
        samples: 4,
        batchSize: 16,
        steps: 60,
        maxNewTokens: 1,
        learningRate: 3e-3,
        schedule: cosineSchedule(),
      }),
    );
    const reached = [...tokenLogProbs(policy).dataSync()];
    expect(divergence(start, best)).toBeGreaterThan(0.05);
    expect(divergence(reached, best)).toBeLessThan(1e-3);
    expect(metrics['val/contain_eos_token']).toBeLessThan(1);
    expect(metrics['completions/mean_length']).toBe(1);
    expect(metrics['objective/kl']).toBeGreaterThan(0);
  });

  it('gives the same whatever the micro-batches, and resumes bit for bit after an interruption', async () => {
    const prompts = tinyExamples(12);
    const run = (name: string, more: Partial<PolicyGradientOptions> = {}) =>
      trainPolicyGradient(
        { policy: newModel(), reference: newModel(), scorer: tokenScorer },
        prompts,
        rloo({ beta: 0.1 }),
        options(name, { samples: 3, epochs: 2, checkpointEvery: 5, missingEndPenalty: 1, ...more }),
      );
    const { whole } = await expectResumesBitForBit(folder, run, { abortAt: 4, lastStep: 6 });
    const parts = await run('parts', { microBatchSize: 1 });
    expect(parts.metrics['grad_norm']).toBeCloseTo(whole.metrics['grad_norm'] as number, 3);
  });

  it('learns from the same samples as often as asked, and resumes in between bit for bit', async () => {
    const prompts = tinyExamples(8);
    const run = (name: string, more: Partial<PolicyGradientOptions> = {}) =>
      trainPolicyGradient(
        { policy: newModel(), reference: newModel(1), scorer: tokenScorer },
        prompts,
        cispo({ beta: 0.1 }),
        options(name, { samples: 3, epochs: 1, iterations: 3, ...more }),
      );
    await expectResumesBitForBit(folder, run, { abortAt: 5, lastStep: 6 });
    const lines = await untimedMetrics(folder('whole'));
    const column = (metric: string): number[] => lines.map((line) => line[metric] as number);
    const ratios = column('ratios/mean');
    const [first, second, third, next] = column('objective/scores');
    expect([second, third]).toEqual([first, first]);
    expect(next).not.toBe(first);
    for (const [step, ratio] of ratios.entries()) {
      if (step % 3 === 0) expect(ratio).toBeCloseTo(1, 5);
      else expect(Math.abs(ratio - 1)).toBeGreaterThan(1e-4);
    }
  });

  it('takes an objective from anywhere, and refuses one over pairs or a reference that would move', async () => {
    const [policy, reference] = [newModel(), newModel()];
    const roles = { policy, reference, scorer: tokenScorer };
    const seen: number[][] = [];
    const plugin: Objective<SampleBatch> = {
      specificationVersion: 'v1',
      name: 'plugin',
      requires: { feedback: 'samples', reference: false },
      evaluate({ policy: log, rewards, group }) {
        seen.push([...group.dataSync()]);
        return { losses: tf.neg(tf.mul(rewards, log)) as tf.Tensor1D, metrics: { one: tf.ones([1]) } };
      },
    };
    const before = tf.memory().numTensors;
    const { metrics } = await trainPolicyGradient(roles, copies(2), plugin, options('a', { batchSize: 2 }));
    expect(tf.memory().numTensors).toBe(before);
    expect(seen.at(-1)).toEqual([0, 0, 1, 1]);
    expect(metrics['one']).toBe(1);
    const pairs = dpo({ beta: 0.1 }) as object as Objective<SampleBatch>;
    await expect(trainPolicyGradient(roles, copies(2), pairs, options('b'))).rejects.toMatchObject({
      code: 'unsupported-objective',
    });
    const moving = { ...roles, reference: policy };
    await expect(
      trainPolicyGradient(moving, copies(2), rloo({ beta: 0.1 }), options('c')),
    ).rejects.toMatchObject({
      code: 'invalid-option',
    });
    const comparing = {
      ...roles,
      scorer: { specificationVersion: 'v1', name: 'pairs', compare: async () => [] },
    } as const;
    await expect(
      trainPolicyGradient(comparing, copies(2), plugin, options('d', { samples: 1 })),
    ).rejects.toThrow(
      'The judge "pairs" compares a prompt\'s samples with each other: samples must be at least 2, got 1.',
    );
  });

  it.each([rloo({ beta: 0.1 }), gspo({ beta: 0.1 }), luspo(), cispo()])(
    'takes $name in micro-batches, which compares the samples of a prompt with each other alone',
    async (objective) => {
      const roles = { policy: newModel(), reference: newModel(1), scorer: tokenScorer };
      await policyGradientStage(roles, copies(4), objective, options('run', { microBatchSize: 1 }));
    },
  );

  it.each([
    sftLoss({ average: 'batch' }) as Objective<SampleBatch>,
    {
      ...rloo({ beta: 0.1 }),
      name: 'whitened',
      evaluate: ({ policy, rewards }: SampleBatch) => {
        const { mean, variance } = tf.moments(rewards);
        const advantages = tf.div(tf.sub(rewards, mean), tf.sqrt(variance));
        return { losses: tf.neg(tf.mul<tf.Tensor1D>(advantages, policy)), metrics: {} };
      },
    },
  ])('refuses $name in micro-batches, whose losses depend on the whole batch', async (objective) => {
    const roles = { policy: newModel(), reference: newModel(1), scorer: tokenScorer };
    const before = tf.memory().numTensors;
    await expect(
      policyGradientStage(roles, copies(4), objective, options('run', { microBatchSize: 2 })),
    ).rejects.toThrow(/depend on the whole batch. Set microBatchSize to batchSize, 4/);
    expect(tf.memory().numTensors).toBe(before);
    await policyGradientStage(roles, copies(4), objective, options('run'));
  });

  it('has the paper’s settings as a preset: 1,200 steps are 3.3 epochs over the preference prompts', () => {
    expect((paperRloo.steps * paperRloo.batchSize) / 92_858).toBeCloseTo(3.3, 1);
    expect(paperRloo.samples * paperRloo.batchSize).toBe(512);
    const ratio = (step: number): number => paperRloo.schedule.ratio({ step, steps: 1200, warmupSteps: 36 });
    expect([ratio(18), ratio(36), ratio(1199)]).toEqual([0.5, 1, 1]);
  });

  it('needs no reference for an objective that reads none, and computes none of its log-probabilities', async () => {
    const policy = newModel();
    const free: Objective<SampleBatch> = {
      specificationVersion: 'v1',
      name: 'reference-free',
      requires: { feedback: 'samples', reference: false },
      evaluate: ({ policy: log, rewards }) => ({
        losses: tf.neg(tf.mul<tf.Tensor1D>(rewards, log)),
        metrics: {},
      }),
    };
    const reference = {
      get parameters(): never {
        throw new Error('read');
      },
    } as unknown as CausalLanguageModel;
    for (const roles of [
      { policy, scorer: tokenScorer },
      { policy, scorer: tokenScorer, reference },
    ]) {
      const run = options(Object.keys(roles).join('-'), { batchSize: 2 });
      const { metrics } = await trainPolicyGradient(roles, copies(2), free, run);
      expect(metrics).not.toHaveProperty(['objective/kl']);
      expect(metrics).toHaveProperty(['objective/scores']);
    }
    await expect(
      trainPolicyGradient({ policy, scorer: tokenScorer }, copies(2), rloo({ beta: 0.1 }), options('none')),
    ).rejects.toMatchObject({ code: 'missing-reference' });
  });
});
