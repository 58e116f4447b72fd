import * as tf from '@tensorflow/tfjs-core';
import { checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';
import { directAlignment } from '../objectives/direct-alignment.js';

/** Options of `exoPair`. */
export interface ExoPairOptions {
  /** β, above 0. */
  readonly beta: number;
  /** ε of the target distribution (1−ε, ε), above 0 and below 1; 0.001 by default. */
  readonly labelSmoothing?: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Efficient exact optimization on pairs: the reverse KL divergence from the labels to the policy's preference.
 *
 * ℓ = σ(βρ)·[log σ(βρ) − log(1−ε)] + σ(−βρ)·[log σ(−βρ) − log ε]
 *
 * When to use: when you want mode-seeking instead of the averaging of DPO's forward KL.
 *
 * Gotcha: ε = 0 is an error, because the divergence to a distribution with a zero is infinite.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0 and ε is in (0, 1)
 * @example
 * const { losses } = exoPair({ beta: 0.1 }).evaluate(batch);
 * @see Ji et al. 2024, "Towards Efficient Exact Optimization of Language Model Alignment", equation 16; TRL `exo_pair`
 */
export function exoPair(options: ExoPairOptions): Objective {
  const { beta, labelSmoothing = 1e-3, importance } = options;
  checkOption(
    'exoPair',
    'labelSmoothing',
    labelSmoothing,
    (x) => x > 0 && x < 1,
    'a number above 0 and below 1, for example 0.001',
  );
  return directAlignment({
    beta,
    importance,
    loss: {
      name: 'exo-pair',
      convex: false,
      value: (z) => {
        const wins = tf.mul(tf.sigmoid(z), tf.sub(logSigmoid(z), Math.log1p(-labelSmoothing)));
        const loses = tf.mul(tf.sigmoid(tf.neg(z)), tf.sub(logSigmoid(tf.neg(z)), Math.log(labelSmoothing)));
        return tf.add(wins, loses);
      },
      // With log σ(z) − log σ(−z) = z the derivative collapses to σ(z)·σ(−z)·(z − log((1−ε)/ε)).
      derivative: (z) => {
        const target = Math.log1p(-labelSmoothing) - Math.log(labelSmoothing);
        return tf.mul(tf.mul(tf.sigmoid(z), tf.sigmoid(tf.neg(z))), tf.sub(z, target));
      },
    },
  });
}
