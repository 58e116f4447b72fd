import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { conforms } from '../../test/conformance.js';
import { goldenOf } from '../../test/golden.js';
import { beta } from '../../test/options.js';
import { pairs, samples } from '../testing/index.js';
import { pairwisePolicyGradient } from './pairwise-policy-gradient.js';

const reward = { ...samples.rewards };

conforms(pairwisePolicyGradient, {
  optionsArbitrary: fc.record({ beta }),
  golden: goldenOf('pairwise-policy-gradient'),
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
