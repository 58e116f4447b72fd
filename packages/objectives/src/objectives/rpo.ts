import * as tf from '@tensorflow/tfjs-core';
import { checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';
import { pairObjective } from '../pairs/pair-objective.js';

export interface RpoOptions {
  /** β, above 0. */
  readonly beta: number;
  /** η, at least 0; 0.005 where absent, the source paper's choice among 0.001, 0.005 and 0.01. */
  readonly eta?: number;
  /** Whether log π_θ(y_w|x) is averaged over the response's tokens instead of summed; false. */
  readonly tokenMean?: boolean;
  /** Weights on the pairs; none where absent. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Regularized preference optimization: DPO and a pull towards the chosen responses.
 *
 * ℓ = −log σ(βρ) − β·η·log π_θ(y_w|x)
 *
 * When to use: when DPO lowers the probability of the chosen responses themselves.
 *
 * Gotcha: the added term is a sum over tokens by default, so long responses pull harder; `tokenMean` evens that out
 * and calls for a larger η.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0 and η at least 0
 * @example
 * const { losses } = rpo({ beta: 0.05, eta: 0.005 }).evaluate(batch);
 * @see Liu et al. 2024, "Provably Mitigating Overoptimization in RLHF", equation 4.1; the source paper, appendix I
 */
export function rpo(options: RpoOptions): Objective {
  const { beta, eta = 0.005, tokenMean = false, importance } = options;
  checkOption('rpo', 'eta', eta, (x) => x >= 0 && Number.isFinite(x), 'pass a finite number of at least 0');
  return pairObjective({
    name: 'rpo',
    beta,
    importance,
    losses: ({ chosen, rejected }, { policyChosen, chosenLength }) => {
      const preference = logSigmoid(tf.mul(beta, tf.sub(chosen, rejected)));
      const imitation = tokenMean ? tf.div(policyChosen, chosenLength) : policyChosen;
      return tf.sub(tf.neg(preference), tf.mul(beta * eta, imitation));
    },
  });
}
