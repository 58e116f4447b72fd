import * as tf from '@tensorflow/tfjs-core';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { pairObjective } from '../pairs/pair-objective.js';

/** Options of `sppoHard`. */
export interface SppoHardOptions {
  /** β, above 0. */
  readonly beta: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Self-play preference optimization with hard labels: each log-ratio is regressed onto a constant.
 *
 * ℓ = (r_w − 1/(2β))² + (r_l + 1/(2β))²
 *
 * When to use: in rounds on the policy's own samples, with the last round's policy as the reference.
 *
 * Gotcha: β is the paper's 1/η; a small β means distant targets and large losses.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0
 * @example
 * const { losses } = sppoHard({ beta: 0.1 }).evaluate(batch);
 * @see Wu et al. 2024, "Self-Play Preference Optimization", equation 4.7; TRL `sppo_hard`
 */
export function sppoHard(options: SppoHardOptions): Objective {
  const { beta, importance } = options;
  return pairObjective({
    name: 'sppo-hard',
    beta,
    importance,
    losses: ({ chosen, rejected }) =>
      tf.add(tf.square(tf.sub(chosen, 0.5 / beta)), tf.square(tf.add(rejected, 0.5 / beta))),
  });
}
