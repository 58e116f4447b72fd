import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { PairBatch } from '../contract/batch.js';
import type { Objective } from '../contract/objective.js';
import { ObjectivesError } from '../errors.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { detach } from '../numerics/detach.js';
import { type LogRatios, pairObjective } from '../pairs/pair-objective.js';

/** Pairs with the reward of each response, [batch]; +¼ and −¼ if both are absent. */
export interface RewardedPairBatch extends PairBatch {
  /** R(x, y_w). */
  readonly chosenReward?: Tensor1D;
  /** R(x, y_l). */
  readonly rejectedReward?: Tensor1D;
}

/** Options of `pairwisePolicyGradient`. */
export interface PairwisePolicyGradientOptions {
  /** β, above 0. */
  readonly beta: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Policy gradient on pairs, each response the other's baseline.
 *
 * ℓ = −½·(R̃(y_w) − R̃(y_l))·(log π_θ(y_w) − log π_θ(y_l)), R̃ = R − β·r, rewards held constant
 *
 * When to use: on pairs sampled from the policy itself, with rewards from a model; off-policy only with
 * importance weights.
 *
 * Gotcha: the value of the loss has no meaning, only its gradient does. Without rewards R is +¼ and −¼; the update is
 * then −1/(4β) times the gradient of (½ − βρ)². The source paper says −1/(2β): its proof loses, from one line to the next,
 * the ½ that came from averaging over the swapped pair.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0; `evaluate` throws `invalid-batch` if only one
 *   of the two rewards is given
 * @example
 * const { losses } = pairwisePolicyGradient({ beta: 0.05 }).evaluate({ ...batch, chosenReward, rejectedReward });
 * @see Wu et al. 2023, "Pairwise Proximal Policy Optimization", equation 5; the source paper, appendix H
 */
export function pairwisePolicyGradient(options: PairwisePolicyGradientOptions): Objective<RewardedPairBatch> {
  const { beta, importance } = options;
  const advantages = (ratios: LogRatios, batch: RewardedPairBatch): Tensor1D => {
    const regularization = tf.mul(beta, tf.sub(ratios.chosen, ratios.rejected));
    return detach(tf.sub(rewardDifference(batch), regularization));
  };
  return pairObjective<RewardedPairBatch>({
    name: 'pairwise-policy-gradient',
    beta,
    importance,
    losses: (ratios, batch) =>
      tf.mul(tf.mul(-0.5, advantages(ratios, batch)), tf.sub(batch.policyChosen, batch.policyRejected)),
    metrics: (ratios, batch) => ({ advantages: advantages(ratios, batch) }),
  });
}

function rewardDifference({ policyChosen, chosenReward, rejectedReward }: RewardedPairBatch): Tensor1D {
  if (chosenReward === undefined && rejectedReward === undefined) return tf.fill(policyChosen.shape, 0.5);
  if (
    chosenReward?.shape.join() !== policyChosen.shape.join() ||
    rejectedReward?.shape.join() !== policyChosen.shape.join()
  ) {
    throw new ObjectivesError(
      'invalid-batch',
      'pairwise-policy-gradient: the batch must have both chosenReward and rejectedReward, of shape [batch], or neither.',
    );
  }
  return tf.sub(chosenReward, rejectedReward);
}
