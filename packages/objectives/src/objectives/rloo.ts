import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkBatch, type SampleBatch } from '../contract/batch.js';
import { checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import { detach, withoutGradient } from '../numerics/detach.js';
import { countOthers, leaveOneOut } from '../numerics/groups.js';

/** Options of `rloo`. */
export interface RlooOptions {
  /** β of the KL penalty within the reward, at least 0. */
  readonly beta: number;
}

/**
 * REINFORCE with a leave-one-out baseline over the k samples of each prompt, for any k ≥ 2.
 *
 * ℓ_i = −A_i·log π_θ(y_i), A_i = R̃_i − mean of R̃_j over the other samples of the group, R̃ = R − β·r, held constant
 *
 * When to use: online, on fresh samples of the policy, with rewards from a model.
 *
 * Gotcha: the value of the loss has no meaning, only its gradient does. A sample that is alone in its group has no
 * baseline and contributes nothing; the metric `groups/single` is the share of such samples.
 *
 * @throws {ObjectivesError} `invalid-option` if β is below 0; `evaluate` throws `invalid-batch`
 * @example
 * const { losses } = rloo({ beta: 0.05 }).evaluate({ policy, reference, rewards, length, group });
 * @see Ahmadian et al. 2024, "Back to Basics", equation 8; the source paper, appendix C (k = 2)
 */
export function rloo(options: RlooOptions): Objective<SampleBatch> {
  const { beta } = options;
  checkOption('rloo', 'beta', beta, (x) => x >= 0 && Number.isFinite(x), 'a finite number ≥ 0');
  return {
    specificationVersion: 'v1',
    name: 'rloo',
    requires: { feedback: 'samples', reference: true, wholeBatch: true },
    evaluate: (batch) => {
      checkBatch('rloo', batch, ['policy', 'reference', 'rewards', 'length', 'group']);
      return tf.tidy(() => {
        const policy = detach(batch.policy);
        const ratios = tf.sub<Tensor1D>(policy, detach(batch.reference));
        const rewards = detach(batch.rewards);
        const regularized = tf.sub<Tensor1D>(rewards, tf.mul(beta, ratios));
        const others = withoutGradient([batch.group], (group) => countOthers(group));
        const advantages = withoutGradient([regularized, batch.group], (all, group) =>
          leaveOneOut(all, group),
        );
        return {
          losses: tf.neg(tf.mul<Tensor1D>(advantages, batch.policy)),
          metrics: {
            'rewards/samples': rewards,
            'rewards/regularized': regularized,
            advantages,
            kl: ratios,
            'logps/samples': policy,
            'groups/single': tf.step(tf.sub<Tensor1D>(0.5, others)),
          },
        };
      });
    },
  };
}
