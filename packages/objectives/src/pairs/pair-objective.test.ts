import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { metricValues, numbers, pairBatch } from '../../test/pair-batch.js';
import type { PairBatch, ReferenceFreePairBatch } from '../contract/batch.js';
import { fixed } from '../importance/fixed.js';
import { pairObjective } from './pair-objective.js';

/** −β·(r_w − r_l), with a look at what the formula is given. */
const linear = (seen: (batch: ReferenceFreePairBatch) => void = () => undefined) =>
  pairObjective({
    name: 'linear',
    beta: 2,
    requires: { reference: false },
    losses: ({ chosen, rejected }, batch) => {
      seen(batch);
      return tf.mul(-2, tf.sub<tf.Tensor1D>(chosen, rejected));
    },
  });

const { referenceChosen, referenceRejected, ...free } = pairBatch({
  policyChosen: [-3, -5],
  policyRejected: [-4, -2],
  referenceChosen: [-7, -7],
  referenceRejected: [-8, -9],
});

it('takes log-probabilities for log-ratios if it reads no reference, whether the batch has one or not', () => {
  const objective = linear();
  expect(objective.requires).toEqual({ feedback: 'pairs', reference: false });
  for (const batch of [free, { ...free, referenceChosen, referenceRejected }]) {
    const evaluation = objective.evaluate(batch);
    expect(numbers(evaluation.losses)).toEqual([-2, 6]);
    expect(metricValues(evaluation)).toEqual({
      'rewards/chosen': [-6, -10],
      'rewards/rejected': [-8, -4],
      'rewards/accuracies': [1, 0],
      'rewards/margins': [2, -6],
      'logps/chosen': [-3, -5],
      'logps/rejected': [-4, -2],
    });
  }
});

it('does not even look at a reference that it does not read', () => {
  const broken = { ...free, referenceChosen: tf.scalar(Number.NaN) as unknown as tf.Tensor1D };
  expect(numbers(linear().evaluate(broken).losses)).toEqual([-2, 6]);
});

it('asks for the reference by name if it reads one, or is weighted', () => {
  const dependent = pairObjective({ name: 'linear', beta: 1, losses: ({ chosen }) => chosen });
  expect(() => dependent.evaluate(free as PairBatch)).toThrow(
    '@ais/objectives: linear: referenceChosen is missing from the batch; it must be a float32 tensor of shape [batch].',
  );
  const weighted = pairObjective({
    name: 'linear',
    beta: 1,
    requires: { reference: false },
    importance: { smoothing: fixed(1) },
    losses: ({ chosen, rejected }) => tf.sub(rejected, chosen),
  });
  expect(weighted.requires).toEqual({ feedback: 'pairs', reference: true });
  expect(() => weighted.evaluate(free)).toThrow(
    /importanceWeights: referenceChosen is missing from the batch/,
  );
  const weights = [Math.exp(4 + 4), Math.exp(2 + 7)];
  const { losses } = weighted.evaluate({ ...free, referenceChosen, referenceRejected });
  expect(numbers(losses)).toEqual([-1, 3].map((loss, row) => expect.closeTo(loss * weights[row]!, -1)));
});

it('holds constant what the formula is given, and hands it the fields that it asks for', () => {
  const fields: string[][] = [];
  linear((batch) => fields.push(Object.keys(batch))).evaluate(free);
  expect(fields).toEqual([['policyChosen', 'policyRejected', 'chosenLength', 'rejectedLength']]);
});

it('returns tensors of its own even if the formula returns what it is given', () => {
  const { losses } = pairObjective({
    name: 'chosen',
    beta: 1,
    requires: { reference: false },
    losses: ({ chosen }) => chosen,
  }).evaluate(free);
  losses.dispose();
  expect(free.policyChosen.isDisposed).toBe(false);
});

it('is about pairs whatever a formula requires', () => {
  const requires = { reference: false, feedback: 'samples' } as { reference: false };
  const { requires: declared } = pairObjective({ name: 'pairs', requires, losses: ({ chosen }) => chosen });
  expect(declared).toEqual({ feedback: 'pairs', reference: false });
});

const perPair = 'float32 of shape [batch] with at least one row';

it.each<[string, (chosen: tf.Tensor1D) => unknown, string]>([
  ['a mean', (chosen) => tf.mean(chosen), `losses must be ${perPair}, got float32 of shape [].`],
  [
    'a column',
    (chosen) => tf.reshape(chosen, [-1, 1]),
    `losses must be ${perPair}, got float32 of shape [2,1].`,
  ],
  ['integers', (chosen) => tf.cast(chosen, 'int32'), `losses must be ${perPair}, got int32 of shape [2].`],
  [
    'fewer',
    (chosen) => tf.slice(chosen, 0, 1),
    'losses has 1 rows, but policyChosen has 2; every field needs one row per example.',
  ],
  ['an array', () => [1, 2], 'losses must be a float32 tensor of shape [batch], got an array; make one with'],
  [
    'nothing',
    () => undefined,
    'losses is missing from the batch; it must be a float32 tensor of shape [batch].',
  ],
  [
    'a Promise',
    async (chosen) => tf.neg(chosen),
    'losses must be a float32 tensor of shape [batch], got a Promise; make one with',
  ],
])('refuses %s in place of one loss per pair, and keeps nothing', (_, losses, message) => {
  const batch = pairBatch({ policyChosen: [-3, -5], policyRejected: [-4, -2] });
  const before = tf.memory().numTensors;
  for (const importance of [undefined, { smoothing: fixed(1) }]) {
    const objective = pairObjective({
      name: 'mine',
      losses: ({ chosen }) => losses(chosen) as tf.Tensor,
      importance,
    });
    expect(() => objective.evaluate(batch)).toThrow(`@ais/objectives: mine: ${message}`);
  }
  expect(tf.memory().numTensors).toBe(before);
});
