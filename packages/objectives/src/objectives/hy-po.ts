import * as tf from '@tensorflow/tfjs-core';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';
import { pairObjective } from '../pairs/pair-objective.js';

/** Options of `hyPo`. */
export interface HyPoOptions {
  /** β, above 0. */
  readonly beta: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * HyPO: DPO that ignores the reference where it prefers the rejected response.
 *
 * ℓ = −log σ(β·(Δ_θ − max(0, Δ_ref))), Δ = log π(y_w) − log π(y_l)
 *
 * When to use: when many pairs go against the reference, and DPO is satisfied before the policy prefers the chosen response.
 *
 * Gotcha: pairs that go against the reference are pushed harder than by DPO, away from the reference; the metric
 * `reference/against` says how many there are. Sums over tokens are compared, so pairs with a longer chosen response are
 * among them more often.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0
 * @example
 * const { losses } = hyPo({ beta: 0.1 }).evaluate(batch);
 * @see Yuan et al. 2026, "Mitigating Mismatch within Reference-based Preference Optimization", arXiv 2602.11902, abstract
 */
export function hyPo(options: HyPoOptions): Objective {
  const { beta, importance } = options;
  return pairObjective({
    name: 'hy-po',
    beta,
    importance,
    losses: (_, { policyChosen, policyRejected, referenceChosen, referenceRejected }) => {
      const lead = tf.relu(tf.sub(referenceChosen, referenceRejected));
      return tf.neg(logSigmoid(tf.mul(beta, tf.sub(tf.sub(policyChosen, policyRejected), lead))));
    },
    metrics: (_, { referenceChosen, referenceRejected }) => ({
      'reference/against': tf.step(tf.sub(referenceRejected, referenceChosen)),
    }),
  });
}
