import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { metricValues, pairBatch } from '../../test/pair-batch.js';
import { pairs, samples } from '../testing/index.js';
import { pairwisePolicyGradient } from './pairwise-policy-gradient.js';

const reward = { ...samples.rewards };

conforms(pairwisePolicyGradient, {
  optionsArbitrary: fc.record({ beta }),
  golden: goldenOf('pairwise-policy-gradient'),
  skip: { signs: 'the rewards say which of the two responses is the better one' },
  batch: { ...pairs, chosenReward: reward, rejectedReward: reward },
  surrogate:
    ({ beta }, at) =>
    (batch) =>
      tf.tidy(() => {
        const rho = tf.sub(
          tf.sub(at.policyChosen, at.referenceChosen),
          tf.sub(at.policyRejected, at.referenceRejected),
        );
        const rewards =
          at.chosenReward && at.rejectedReward ? tf.sub(at.chosenReward, at.rejectedReward) : 0.5;
        const advantage = tf.sub(rewards, tf.mul(beta, rho));
        return tf.mul(tf.mul(-0.5, advantage), tf.sub(batch.policyChosen, batch.policyRejected));
      }),
});

it('reports what is left of the rewards after the regularization, and takes ±¼ where there are none', () => {
  const batch = pairBatch({ policyChosen: [1, 2], policyRejected: [0, 4] });
  const rewarded = { ...batch, chosenReward: tf.tensor1d([3, 0]), rejectedReward: tf.tensor1d([1, 1]) };
  const objective = pairwisePolicyGradient({ beta: 0.25 });
  expect(metricValues(objective.evaluate(rewarded))['advantages']).toEqual([1.75, -0.5]);
  expect(metricValues(objective.evaluate(batch))['advantages']).toEqual([0.25, 1]);
});

it.each([
  ['the rejected reward is missing', { chosenReward: [1, 2] }],
  ['the chosen reward is missing', { rejectedReward: [1, 2] }],
  ['the rejected reward has another length', { chosenReward: [1, 2], rejectedReward: [1] }],
  ['the chosen reward has another length', { chosenReward: [1], rejectedReward: [1, 2] }],
] as const)('is an error where %s', (_, rewards) => {
  const tensors = Object.fromEntries(
    Object.entries(rewards).map(([field, values]) => [field, tf.tensor1d([...values])]),
  );
  expect(() =>
    pairwisePolicyGradient({ beta: 1 }).evaluate({ ...pairBatch({ policyChosen: [1, 2] }), ...tensors }),
  ).toThrow(
    expect.objectContaining({
      code: 'invalid-batch',
      message:
        '@ais/objectives: pairwise-policy-gradient: the batch must have both chosenReward and rejectedReward, of shape [batch], ' +
        'or neither.',
    }),
  );
});
