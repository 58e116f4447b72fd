import {
  type Objective,
  pairObjective,
  safeExponential,
  sumByRow,
  type TokenPairBatch,
} from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';

export interface ClippedTokensOptions {
  /** ε, how far a token's probability ratio may be from 1 before it no longer counts, above 0. */
  readonly epsilon: number;
}

/**
 * A clipped ratio per token, as PPO has it, with the advantages +1 and −1 of a chosen and a rejected response.
 *
 * ℓ = −mean_t min(ρ_t, 1 + ε) over y_w + mean_t max(ρ_t, 1 − ε) over y_l, ρ_t = π_θ(y_t)/π_ref(y_t)
 *
 * @see Schulman et al. 2017, "Proximal Policy Optimization Algorithms", equation 7
 */
export function clippedTokens({ epsilon }: ClippedTokensOptions): Objective<TokenPairBatch> {
  return pairObjective<TokenPairBatch>({
    name: 'clipped-tokens',
    requires: { tokens: true },
    losses: (_, batch) => {
      const rising = tf.sub<tf.Tensor1D>(batch.policyChosenTokens, batch.referenceChosenTokens);
      const falling = tf.sub<tf.Tensor1D>(batch.policyRejectedTokens, batch.referenceRejectedTokens);
      const good = tf.exp(tf.minimum<tf.Tensor1D>(rising, Math.log(1 + epsilon)));
      const bad = tf.maximum<tf.Tensor1D>(safeExponential(falling), 1 - epsilon);
      const mean = (values: tf.Tensor1D, rows: tf.Tensor1D, length: tf.Tensor1D): tf.Tensor =>
        tf.div(sumByRow(values, rows, length.size), length);
      return tf.sub(
        mean(bad, batch.rejectedTokenRow, batch.rejectedLength),
        mean(good, batch.chosenTokenRow, batch.chosenLength),
      );
    },
  });
}
