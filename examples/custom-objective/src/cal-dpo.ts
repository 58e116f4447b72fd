import { logSigmoid, type Objective, pairObjective } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';

export interface CalDpoOptions {
  /** β, above 0. */
  readonly beta: number;
}

/**
 * Calibrated DPO: separates the two rewards and pulls them to +½ and −½.
 *
 * ℓ = −log σ(ρ) + (βr_w − ½)² + (βr_l + ½)²
 *
 * @see Xiao et al. 2024, "Cal-DPO: Calibrated Direct Preference Optimization", equation 11, with rewards βr
 */
export function calDpo({ beta }: CalDpoOptions): Objective {
  return pairObjective({
    name: 'cal-dpo',
    beta,
    losses: ({ chosen, rejected }) => {
      const contrast = tf.neg(logSigmoid(tf.sub(chosen, rejected)));
      const good = tf.square(tf.sub(tf.mul(beta, chosen), 0.5));
      const bad = tf.square(tf.add(tf.mul(beta, rejected), 0.5));
      return tf.addN([contrast, good, bad]);
    },
  });
}
