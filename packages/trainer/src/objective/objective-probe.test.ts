import { adaptiveImportance, dpo, ipo, type Objective, type PairBatch, rloo, wpo } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { admitObjective } from './admit-objective.js';
import { type AnyObjective, probeObjective } from './objective-probe.js';

const margin = ({ policyChosen, policyRejected }: PairBatch): tf.Tensor1D =>
  tf.sub(policyChosen, policyRejected);

/** A plugin, right but for what is given. */
const plugin = (more: object): AnyObjective =>
  ({
    specificationVersion: 'v1',
    name: 'mine',
    requires: { feedback: 'pairs', reference: false },
    evaluate: (batch: PairBatch) => ({ losses: tf.tidy(() => tf.neg(margin(batch))), metrics: {} }),
    ...more,
  }) as Objective;

describe('probeObjective', () => {
  it('tells settings of one objective apart, and leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    const probes = await Promise.all(
      [
        dpo({ beta: 0.1 }),
        dpo({ beta: 0.2 }),
        dpo({ beta: 0.1, importance: adaptiveImportance() }),
        ipo({ beta: 0.1 }),
        wpo({ beta: 0.1 }),
      ].map((objective) => probeObjective(objective)),
    );
    expect(new Set(probes.map(String)).size).toBe(probes.length);
    expect(probes[0]).toEqual(
      [3, -2, 2].map((rho) => Number(Math.log1p(Math.exp(-0.1 * rho)).toPrecision(5))),
    );
    expect(await probeObjective(rloo({ beta: 0.1 }))).toHaveLength(4);
    expect(await probeObjective(plugin({}))).toEqual([-4, 4, -0.5]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    ['no version', { specificationVersion: undefined }, /specificationVersion must be 'v1'/],
    ['no evaluate', { evaluate: undefined }, /evaluate must be a function/],
    ['no requires', { requires: undefined }, /requires\.feedback must be 'pairs', 'samples', or 'unpaired'/],
    ['half a requires', { requires: { feedback: 'pairs' } }, /requires\.reference must be true or false/],
    [
      'a field that requires does not name',
      {
        evaluate: (batch: PairBatch) => ({
          losses: tf.sub(batch.policyChosen, batch.referenceChosen),
          metrics: {},
        }),
      },
      /failed on a batch of what its `requires` names \(policyChosen, policyRejected, chosenLength, rejectedLength\)/,
    ],
    [
      'an error of its own',
      {
        evaluate: () => {
          throw new Error('out of salt');
        },
      },
      /out of salt/,
    ],
    [
      'a mean in place of losses',
      {
        evaluate: (batch: PairBatch) => ({ losses: tf.tidy(() => tf.mean(margin(batch))), metrics: {} }),
      },
      /one loss per example, \[3\], and gave a tensor of shape \[\]/,
    ],
    [
      'losses that are whole numbers',
      {
        evaluate: (batch: PairBatch) => ({
          losses: tf.tidy(() => tf.cast(margin(batch), 'int32')),
          metrics: {},
        }),
      },
      /must give losses of type float32, and gave int32\. Cast them with tf\.cast/,
    ],
    [
      'a metric that is not a number',
      {
        evaluate: (batch: PairBatch) => ({
          losses: margin(batch),
          metrics: { won: tf.tidy(() => tf.greater(margin(batch), 0)) },
        }),
      },
      /must give the metric won as float32, and gave bool/,
    ],
    [
      'a batch that is written into',
      {
        evaluate: (batch: { policyChosen: tf.Tensor1D } & PairBatch) => {
          batch.policyChosen = batch.policyRejected;
          return { losses: margin(batch), metrics: {} };
        },
      },
      /writes into its batch \(policyChosen\).*\{ \.\.\.batch, policyChosen: … \}/,
    ],
    ['nothing', { evaluate: () => ({}) }, /and gave undefined/],
    ['a promise', { evaluate: async () => ({}) }, /and gave undefined/],
    [
      'a metric of another size',
      {
        evaluate: (batch: PairBatch) => ({ losses: margin(batch), metrics: { extra: tf.zeros([2]) } }),
      },
      /the metric extra as \[3\] or \[1\], and gave a tensor of shape \[2\]/,
    ],
    [
      'losses that are not finite',
      { evaluate: (batch: PairBatch) => ({ losses: tf.tidy(() => tf.log(margin(batch))), metrics: {} }) },
      /not finite for ordinary examples: 1\.386.*, NaN, /,
    ],
    [
      'losses without the policy',
      { evaluate: (batch: PairBatch) => ({ losses: tf.clone(batch.chosenLength), metrics: {} }) },
      /do not depend on the policy/,
    ],
    [
      'a gradient that is not finite',
      {
        evaluate: (batch: PairBatch) => ({
          losses: tf.tidy(() => tf.sqrt(tf.mul(batch.policyChosen, 0))),
          metrics: {},
        }),
      },
      /gradient that is not finite/,
    ],
    [
      'an operation without a gradient',
      {
        evaluate: (batch: PairBatch) => ({
          losses: tf.tidy(() => tf.topk(batch.policyChosen, 3).values),
          metrics: {},
        }),
      },
      /gradient function not found for TopK/,
    ],
  ])('names the objective, and says what is wrong: %s', async (_, more, message) => {
    const error = await probeObjective(plugin(more)).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'TrainerError', code: 'unsupported-objective' });
    expect(String(error)).toMatch(/objective "mine"/);
    expect(String(error)).toMatch(message);
  });
});

describe('admitObjective', () => {
  it('refuses other feedback, and parts of a batch where the whole is needed', async () => {
    const stage = { feedback: 'pairs', batchSize: 8 } as const;
    const { name, lossesAtProbe } = await admitObjective(dpo({ beta: 0.1 }), { ...stage, microBatchSize: 2 });
    expect([name, lossesAtProbe.length]).toEqual(['dpo', 3]);
    await expect(admitObjective(rloo({ beta: 0.1 }), stage)).rejects.toThrow(
      'learns from samples, not from pairs',
    );
    const coupled = dpo({ beta: 0.1, importance: { selfNormalized: true } });
    await expect(admitObjective(coupled, { ...stage, microBatchSize: 2 })).rejects.toThrow(
      'Set microBatchSize to batchSize, 8.',
    );
    expect(await admitObjective(coupled, stage)).toMatchObject({ name: 'ais-dpo' });
  });
});
