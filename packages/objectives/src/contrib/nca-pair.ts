import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';
import { pairObjective } from '../pairs/pair-objective.js';

/** Options of `ncaPair`. */
export interface NcaPairOptions {
  /** β, above 0. */
  readonly beta: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Noise contrastive alignment on pairs: each response is distinguished from noise on its own.
 *
 * ℓ = −log σ(βr_w) − ½·log σ(−βr_w) − ½·log σ(−βr_l)
 *
 * When to use: when the chosen response's own probability must not fall.
 *
 * Gotcha: it depends on more than the margin: adding the same number to both log-ratios changes the loss.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0
 * @example
 * const { losses } = ncaPair({ beta: 0.1 }).evaluate(batch);
 * @see Chen et al. 2024, "Noise Contrastive Alignment of Language Models with Explicit Rewards", equation 13; TRL `nca_pair`
 */
export function ncaPair(options: NcaPairOptions): Objective {
  const { beta, importance } = options;
  return pairObjective({
    name: 'nca-pair',
    beta,
    importance,
    losses: (ratios) => {
      const chosen = tf.mul<Tensor1D>(beta, ratios.chosen);
      const rejected = tf.mul<Tensor1D>(beta, ratios.rejected);
      const noise = tf.add(logSigmoid(tf.neg(chosen)), logSigmoid(tf.neg(rejected)));
      return tf.neg(tf.add<Tensor1D>(logSigmoid(chosen), tf.mul(0.5, noise)));
    },
  });
}
