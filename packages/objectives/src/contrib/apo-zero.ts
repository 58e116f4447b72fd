import * as tf from '@tensorflow/tfjs-core';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { sigmoid } from '../numerics/sigmoid.js';
import { pairObjective } from '../pairs/pair-objective.js';

/** Options of `apoZero`. */
export interface ApoZeroOptions {
  /** β, above 0. */
  readonly beta: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Anchored preference optimization, zero anchor: raises the chosen response and lowers the rejected one.
 *
 * ℓ = 1 − σ(βr_w) + σ(βr_l)
 *
 * When to use: when the chosen responses are better than what the policy writes itself.
 *
 * Gotcha: it is bounded by 0 and 2; pairs that are far off have almost no gradient.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0
 * @example
 * const { losses } = apoZero({ beta: 0.1 }).evaluate(batch);
 * @see D'Oosterlinck et al. 2024, "Anchored Preference Optimization", equation 7; TRL `apo_zero`
 */
export function apoZero(options: ApoZeroOptions): Objective {
  const { beta, importance } = options;
  return pairObjective({
    name: 'apo-zero',
    beta,
    importance,
    // 1 − σ(z) = σ(−z), which does not cancel for large z.
    losses: ({ chosen, rejected }) => tf.add(sigmoid(tf.mul(-beta, chosen)), sigmoid(tf.mul(beta, rejected))),
  });
}
