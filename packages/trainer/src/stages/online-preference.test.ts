import type { CausalLanguageModel } from '@ais/language-model';
import {
  adaptiveImportance,
  dpo,
  fixed,
  importanceWeights,
  type Objective,
  pairwisePolicyGradient,
  type RewardedPairBatch,
  weightBounds,
} from '@ais/objectives';
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
  type OnlinePreferenceOptions,
  onlinePreferenceStage,
  trainOnlinePreference,
} from './online-preference.js';

const folder = runFolder();
const kept = keptModels();
const newModel = (seed?: number): CausalLanguageModel => kept(tinyModel(seed));

const options = (name: string, more: Partial<OnlinePreferenceOptions> = {}): OnlinePreferenceOptions => ({
  directory: folder(name),
  seed: 1,
  batchSize: 4,
  learningRate: 1e-2,
  maxGradientNorm: 1,
  maxNewTokens: 4,
  ...more,
});

describe('trainOnlinePreference', () => {
  it('agrees in expectation with AIS of α = 1 on pairs of the reference', async () => {
    const beta = 0.4;
    const [policy, reference] = [kept(oneTokenModel(1)), kept(oneTokenModel(2))];
    const [log, referenceLog] = [policy, reference].map((model) => [...tokenLogProbs(model).dataSync()]);
    const { draws, probabilities } = allDraws(log as number[], 2);
    const stage = await onlinePreferenceStage(
      { policy: withResponses(policy, draws), reference, scorer: tokenScorer },
      copies(draws.length),
      dpo({ beta, importance: adaptiveImportance() }),
      options('run', { batchSize: draws.length, maxNewTokens: 1 }),
    );
    const indices = draws.map((_, index) => index);
    await stage.prepare?.(indices, { step: 0 });
    const online = gradientOf(
      policy,
      () => tf.sum(tf.mul(stage.evaluate(indices).losses, tf.tensor1d(probabilities))) as tf.Scalar,
    );

    const offline = dpo({ beta, importance: adaptiveImportance({ smoothing: fixed(1) }) });
    const ordered = draws.map(
      ([a = 0, b = 0]) => (rewardOf(a) >= rewardOf(b) ? [a, b] : [b, a]) as [number, number],
    );
    // A product with one-hot rows, where a gather would do: WASM has no kernel for its gradient.
    const pick = (values: tf.Tensor1D, place: 0 | 1): tf.Tensor1D => {
      const rows = tf.oneHot(
        tf.tensor1d(
          ordered.map((pair) => pair[place]),
          'int32',
        ),
        TOKENS.length,
      );
      return tf.reshape(
        tf.matMul(tf.cast(rows, 'float32') as tf.Tensor2D, tf.reshape(values, [-1, 1])),
        [-1],
      );
    };
    const ofReference = tf.tensor1d(referenceLog as number[]);
    const weighted = gradientOf(policy, () => {
      const own = tokenLogProbs(policy);
      const { losses } = offline.evaluate({
        policyChosen: pick(own, 0),
        policyRejected: pick(own, 1),
        referenceChosen: pick(ofReference, 0),
        referenceRejected: pick(ofReference, 1),
        chosenLength: tf.ones([draws.length]),
        rejectedLength: tf.ones([draws.length]),
      });
      const underReference = allDraws(referenceLog as number[], 2).probabilities;
      return tf.sum(tf.mul(losses, tf.tensor1d(underReference))) as tf.Scalar;
    });
    expect(relativeDistance(weighted, online)).toBeLessThan(1e-3);
  });

  it('reaches π_ref·exp(R/β)/Z by the pairwise policy gradient', async () => {
    const beta = 1;
    const [policy, reference] = [kept(oneTokenModel()), kept(oneTokenModel())];
    const start = [...tokenLogProbs(reference).dataSync()];
    const best = optimalLogProbs(start, beta);
    const { metrics } = await trainOnlinePreference(
      { policy, reference, scorer: tokenScorer },
      copies(64),
      pairwisePolicyGradient({ beta }),
      options('run', {
        batchSize: 64,
        steps: 40,
        maxNewTokens: 1,
        learningRate: 3e-3,
        schedule: cosineSchedule(),
      }),
    );
    expect(divergence([...tokenLogProbs(policy).dataSync()], best)).toBeLessThan(1e-3);
    expect(metrics['objective/scores']).toBeGreaterThan(0);
  });

  it('reaches π_ref·exp(R/β)/Z by online DPO, where labels are drawn by Bradley and Terry', async () => {
    const beta = 1;
    const [policy, reference] = [kept(oneTokenModel()), kept(oneTokenModel())];
    const start = [...tokenLogProbs(reference).dataSync()];
    const best = optimalLogProbs(start, beta);
    await trainOnlinePreference(
      { policy, reference, scorer: tokenScorer },
      copies(128),
      dpo({ beta }),
      options('run', {
        batchSize: 128,
        steps: 50,
        maxNewTokens: 1,
        learningRate: 3e-3,
        schedule: cosineSchedule(),
        labels: 'bradley-terry',
      }),
    );
    // Labels are noisy to the end, so the optimum is met up to sampling: E[KL] ≈ parameters / (2 · pairs seen of late).
    expect(divergence(start, best)).toBeGreaterThan(0.05);
    expect(divergence([...tokenLogProbs(policy).dataSync()], best)).toBeLessThan(0.02);
  });

  it('resumes bit for bit after an interruption, and gives the same whatever the micro-batches', async () => {
    const prompts = tinyExamples(12);
    const run = (name: string, more: Partial<OnlinePreferenceOptions> = {}) =>
      trainOnlinePreference(
        { policy: newModel(), reference: newModel(), scorer: tokenScorer },
        prompts,
        dpo({ beta: 0.1 }),
        options(name, { epochs: 2, checkpointEvery: 5, ...more }),
      );
    const { whole } = await expectResumesBitForBit(folder, run, { abortAt: 4, lastStep: 6 });
    const parts = await run('parts', { microBatchSize: 3 });
    expect(parts.metrics['loss']).toBeCloseTo(whole.metrics['loss'] as number, 4);
  });

  it('weighs samples by how far the policy has moved since, and resumes in between bit for bit', async () => {
    const prompts = tinyExamples(8);
    const importance = { smoothing: fixed(1), bounds: weightBounds({ clipTokens: { lower: -9, upper: 9 } }) };
    const run = (name: string, more: Partial<OnlinePreferenceOptions> = {}) =>
      trainOnlinePreference(
        { policy: newModel(), reference: newModel(1), scorer: tokenScorer },
        prompts,
        dpo({ beta: 0.1, importance }),
        options(name, { steps: 6, iterations: 3, ...more }),
      );
    await expectResumesBitForBit(folder, run, { abortAt: 4, lastStep: 6, files: ['model.safetensors'] });
    const lines = await untimedMetrics(folder('whole'));
    const column = (metric: string): number[] => lines.map((line) => line[metric] as number);
    const [first, second, third, next] = column('objective/scores');
    expect([second, third]).toEqual([first, first]);
    expect(next).not.toBe(first);
    for (const [step, weight] of column('weights/max').entries()) {
      if (step % 3 === 0) expect(weight).toBeCloseTo(1, 4);
      else expect(Math.abs(weight - 1)).toBeGreaterThan(1e-3);
    }
  });

  it('weighs fresh samples by 1, hands rewards to objectives from outside, and leaves no tensor', async () => {
    const [policy, reference] = [newModel(1), newModel(2)];
    const seen: { weights: number[]; margins: number[] }[] = [];
    const plugin: Objective<RewardedPairBatch> = {
      specificationVersion: 'v1',
      name: 'plugin',
      requires: { feedback: 'pairs', reference: true },
      evaluate(batch) {
        const margins = tf.sub(batch.chosenReward as tf.Tensor1D, batch.rejectedReward as tf.Tensor1D);
        const weights = importanceWeights(batch, adaptiveImportance());
        seen.push({ weights: [...weights.dataSync()], margins: [...margins.dataSync()] });
        return { losses: tf.sub(batch.policyRejected, batch.policyChosen), metrics: {} };
      },
    };
    const roles = { policy, reference, scorer: tokenScorer };
    const before = tf.memory().numTensors;
    await trainOnlinePreference(roles, tinyExamples(8), plugin, options('run', { batchSize: 8 }));
    expect(tf.memory().numTensors).toBe(before);
    const last = seen.at(-1);
    expect(last?.weights).toEqual(new Array(8).fill(1));
    expect(last?.margins.every((margin) => margin >= 0)).toBe(true);
    expect(last?.margins.some((margin) => margin > 0)).toBe(true);

    const samples = { ...plugin, requires: { feedback: 'samples', reference: true } } as const;
    await expect(trainOnlinePreference(roles, copies(2), samples, options('b'))).rejects.toMatchObject({
      code: 'unsupported-objective',
    });
    const whole = { ...plugin, requires: { ...plugin.requires, wholeBatch: true } };
    await expect(
      trainOnlinePreference(roles, copies(4), whole, options('c', { microBatchSize: 2 })),
    ).rejects.toMatchObject({ code: 'unsupported-objective' });
  });

  it('draws no labels by the difference of scores where the judge has none', async () => {
    const judge = {
      specificationVersion: 'v1',
      name: 'pairs',
      compare: async () => [],
    } as const;
    const roles = { policy: newModel(), reference: newModel(), scorer: judge };
    const drawn = options('drawn', { labels: 'bradley-terry' });
    await expect(trainOnlinePreference(roles, copies(2), dpo({ beta: 0.1 }), drawn)).rejects.toThrow(
      /labels: bradley-terry .* the judge "pairs" compares without scores\. Use mode/,
    );
  });

  it('needs no reference for an objective that reads none, and computes none of its log-probabilities', async () => {
    const policy = newModel();
    const free: Objective<RewardedPairBatch> = {
      specificationVersion: 'v1',
      name: 'reference-free',
      requires: { feedback: 'pairs', reference: false },
      evaluate: ({ policyChosen, policyRejected }) => ({
        losses: tf.sub(policyRejected, policyChosen),
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
      const { metrics } = await trainOnlinePreference(roles, copies(2), free, run);
      expect(metrics).not.toHaveProperty(['objective/kl']);
      expect(metrics).toHaveProperty(['objective/scores']);
    }
    await expect(
      trainOnlinePreference({ policy, scorer: tokenScorer }, copies(2), dpo({ beta: 0.1 }), options('none')),
    ).rejects.toMatchObject({ code: 'missing-reference' });
  });
});
