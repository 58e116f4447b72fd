import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';
import { pairObjective } from '../pairs/pair-objective.js';

/** Options of `bcoPair`. */
export interface BcoPairOptions {
  /** β, above 0. */
  readonly beta: number;
  /** δ, the reward that separates good from bad, usually a running mean of the rewards; 0 by default, as in TRL. */
  readonly delta?: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Binary classifier optimization on pairs: each response is classified on its own against a common threshold.
 *
 * ℓ = −log σ(βr_w − δ) − log σ(−(βr_l − δ))
 *
 * When to use: when the feedback is really thumbs up or down, and pairs only contain it.
 *
 * Gotcha: δ is an option, not state: the caller, who makes the objective, keeps the running mean.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0 and δ is finite
 * @example
 * const { losses } = bcoPair({ beta: 0.1 }).evaluate(batch);
 * @see Jung et al. 2024, "Binary Classifier Optimization for Large Language Model Alignment", equation 8; TRL `bco_pair`
 */
export function bcoPair(options: BcoPairOptions): Objective {
  const { beta, delta = 0, importance } = options;
  checkOption('bcoPair', 'delta', delta, Number.isFinite, 'a finite number');
  return pairObjective({
    name: 'bco-pair',
    beta,
    importance,
    losses: ({ chosen, rejected }) => {
      const good = logSigmoid(tf.sub(tf.mul(beta, chosen), delta));
      const bad = logSigmoid(tf.sub(delta, tf.mul(beta, rejected)));
      return tf.neg(tf.add<Tensor1D>(good, bad));
    },
  });
}
