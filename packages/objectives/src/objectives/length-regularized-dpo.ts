import * as tf from '@tensorflow/tfjs-core';
import { checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';
import { pairObjective } from '../pairs/pair-objective.js';

/** Options of `lengthRegularizedDpo`. */
export interface LengthRegularizedDpoOptions {
  /** β, above 0. */
  readonly beta: number;
  /** α, nats per token, at least 0. */
  readonly alpha: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Length-regularized DPO (R-DPO): a longer chosen response needs less margin.
 *
 * ℓ = −log σ(βρ + α·(|y_w| − |y_l|))
 *
 * When to use: when the preferred responses tend to be longer and the policy learns length instead of quality.
 *
 * Gotcha: this α has nothing to do with the α of importance weights; it adds to the margin.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0 and α at least 0
 * @example
 * const { losses } = lengthRegularizedDpo({ beta: 0.1, alpha: 0.01 }).evaluate(batch);
 * @see Park et al. 2024, "Disentangling Length from Quality in Direct Preference Optimization", equation 9
 */
export function lengthRegularizedDpo(options: LengthRegularizedDpoOptions): Objective {
  const { beta, alpha, importance } = options;
  checkOption(
    'lengthRegularizedDpo',
    'alpha',
    alpha,
    (x) => x >= 0 && Number.isFinite(x),
    'a finite number ≥ 0',
  );
  return pairObjective({
    name: 'length-regularized-dpo',
    beta,
    importance,
    losses: ({ chosen, rejected }, { chosenLength, rejectedLength }) => {
      const margin = tf.mul(beta, tf.sub(chosen, rejected));
      const length = tf.mul(alpha, tf.sub(chosenLength, rejectedLength));
      return tf.neg(logSigmoid(tf.add(margin, length)));
    },
  });
}
