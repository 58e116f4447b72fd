import * as tf from '@tensorflow/tfjs-core';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { sigmoid } from '../numerics/sigmoid.js';
import { pairObjective } from '../pairs/pair-objective.js';

/** Options of `apoDown`. */
export interface ApoDownOptions {
  /** β, above 0. */
  readonly beta: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Anchored preference optimization, downward: lowers both responses, the rejected one more.
 *
 * ℓ = σ(βr_w) + 1 − σ(βρ)
 *
 * When to use: when the policy already writes better than the chosen responses.
 *
 * Gotcha: the probability of the chosen response falls by design.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0
 * @example
 * const { losses } = apoDown({ beta: 0.1 }).evaluate(batch);
 * @see D'Oosterlinck et al. 2024, "Anchored Preference Optimization", equation 8; TRL `apo_down`
 */
export function apoDown(options: ApoDownOptions): Objective {
  const { beta, importance } = options;
  return pairObjective({
    name: 'apo-down',
    beta,
    importance,
    losses: ({ chosen, rejected }) =>
      tf.add(sigmoid(tf.mul(beta, chosen)), sigmoid(tf.mul(-beta, tf.sub(chosen, rejected)))),
  });
}
