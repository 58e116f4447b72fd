import { checkBatch, detach, type Objective, sigmoid, type UnpairedBatch } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';

export interface KtoOptions {
  /** β, above 0. */
  readonly beta: number;
}

/**
 * KTO: single responses, each labeled desirable or undesirable.
 *
 * desirable: ℓ = 1 − σ(β(r − z)); undesirable: ℓ = 1 − σ(β(z − r))
 *
 * @see Ethayarajh et al. 2024, "KTO: Model Alignment as Prospect Theoretic Optimization", equation 8
 */
export function kto({ beta }: KtoOptions): Objective<UnpairedBatch> {
  return {
    specificationVersion: 'v2',
    name: 'kto',
    requires: { feedback: 'unpaired', reference: true, divergence: true },
    evaluate: (batch) => {
      checkBatch('kto', batch, ['policy', 'reference', 'length', 'label', 'divergence']);
      return tf.tidy(() => {
        const z = detach(batch.divergence as tf.Tensor1D);
        const ratios = tf.sub<tf.Tensor1D>(batch.policy, detach(batch.reference));
        // 1 − σ(x) is σ(−x), and the label decides about the sign: −1 for a desirable response, 1 for another.
        const sign = tf.sub(1, tf.mul(2, detach(batch.label)));
        const losses = sigmoid(tf.mul<tf.Tensor1D>(sign, tf.mul(beta, tf.sub(ratios, z))));
        return { losses, metrics: { rewards: tf.mul<tf.Tensor1D>(beta, detach(ratios)), kl: z } };
      });
    },
  };
}
