import * as tf from '@tensorflow/tfjs-core';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';
import { pairObjective } from '../pairs/pair-objective.js';

/** Options of `lengthNormalizedDpo`. */
export interface LengthNormalizedDpoOptions {
  /** β, above 0. */
  readonly beta: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * DPO on the mean log-ratio of each response's tokens.
 *
 * ℓ = −log σ(β·(r_w/|y_w| − r_l/|y_l|))
 *
 * When to use: when long responses dominate the margins.
 *
 * Gotcha: margins are per token, so β must be larger than for DPO, typically by a factor of the response's length.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0
 * @example
 * const { losses } = lengthNormalizedDpo({ beta: 5 }).evaluate(batch);
 * @see Lambert et al. 2024, "Tulu 3", equation 6; TRL `sigmoid_norm`
 */
export function lengthNormalizedDpo(options: LengthNormalizedDpoOptions): Objective {
  const { beta, importance } = options;
  return pairObjective({
    name: 'length-normalized-dpo',
    beta,
    importance,
    losses: ({ chosen, rejected }, { chosenLength, rejectedLength }) => {
      const margin = tf.sub(tf.div(chosen, chosenLength), tf.div(rejected, rejectedLength));
      return tf.neg(logSigmoid(tf.mul(beta, margin)));
    },
  });
}
