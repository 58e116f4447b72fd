import { logSigmoid, type Objective, pairObjective, type ReferenceFreePairBatch } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';

export interface MarginPerTokenOptions {
  /** β, above 0. */
  readonly beta: number;
  /** γ, the margin to aim for. */
  readonly gamma: number;
}

/**
 * A margin of mean log-probabilities, without a reference.
 *
 * ℓ = −log σ(β·(log π_θ(y_w)/|y_w| − log π_θ(y_l)/|y_l|) − γ)
 *
 * @see Meng et al. 2024, "SimPO: Simple Preference Optimization with a Reference-Free Reward", equation 6
 */
export function marginPerToken(options: MarginPerTokenOptions): Objective<ReferenceFreePairBatch> {
  const { beta, gamma } = options;
  return pairObjective({
    name: 'margin-per-token',
    beta,
    requires: { reference: false },
    losses: ({ chosen, rejected }, { chosenLength, rejectedLength }) => {
      const margin = tf.sub(tf.div(chosen, chosenLength), tf.div(rejected, rejectedLength));
      return tf.neg(logSigmoid(tf.sub(tf.mul(beta, margin), gamma)));
    },
  });
}
