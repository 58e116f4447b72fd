import {
  logOdds,
  logSigmoid,
  type Objective,
  pairObjective,
  type ReferenceFreePairBatch,
} from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';

export interface OrpoOptions {
  /** λ, the weight of the odds ratio beside the SFT term. */
  readonly lambda: number;
}

/**
 * ORPO: supervised fine-tuning on the chosen response plus a log odds ratio.
 *
 * ℓ = −log P_w − λ·log σ(log odds_w − log odds_l), odds = P/(1 − P), log P = log π_θ(y)/|y|
 *
 * @see Hong et al. 2024, "ORPO: Monolithic Preference Optimization without Reference Model", equations 4 to 7
 */
export function orpo({ lambda }: OrpoOptions): Objective<ReferenceFreePairBatch> {
  return pairObjective({
    name: 'orpo',
    requires: { reference: false },
    losses: ({ chosen, rejected }, { chosenLength, rejectedLength }) => {
      const good = tf.div<tf.Tensor1D>(chosen, chosenLength);
      const bad = tf.div<tf.Tensor1D>(rejected, rejectedLength);
      const preference = logSigmoid(tf.sub(logOdds(good), logOdds(bad)));
      return tf.neg(tf.add(good, tf.mul(lambda, preference)));
    },
  });
}
