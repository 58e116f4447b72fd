import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { logistic } from '../losses/logistic.js';
import { directAlignment } from '../objectives/direct-alignment.js';

/** Options of `robustDpo`. */
export interface RobustDpoOptions {
  /** β, above 0. */
  readonly beta: number;
  /** ε, the probability that a label is wrong, from 0 to below 0.5. */
  readonly labelSmoothing: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Robust DPO: an unbiased estimate of the loss under the true labels.
 *
 * ℓ = [−(1−ε)·log σ(βρ) + ε·log σ(−βρ)] / (1−2ε)
 *
 * When to use: when labels are flipped at a known rate ε.
 *
 * Gotcha: the loss is unbounded below for large margins; conservative DPO (`dpo` with label smoothing) is not.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0 and ε is in [0, 0.5)
 * @example
 * const { losses } = robustDpo({ beta: 0.1, labelSmoothing: 0.1 }).evaluate(batch);
 * @see Chowdhury et al. 2024, "Provably Robust DPO", equation 12; TRL `robust`
 */
export function robustDpo(options: RobustDpoOptions): Objective {
  const { beta, labelSmoothing, importance } = options;
  checkOption(
    'robustDpo',
    'labelSmoothing',
    labelSmoothing,
    (x) => x >= 0 && x < 0.5,
    'a probability from 0 to below 0.5',
  );
  const clean = logistic();
  const derivative = (z: Tensor1D): Tensor1D => tf.neg(tf.sigmoid(tf.neg(z)));
  // (1−ε)·f(z) − ε·f(−z) with f(−z) = f(z) + z: the two tails would cancel if each were computed.
  return directAlignment({
    beta,
    importance,
    loss: {
      name: 'robust-dpo',
      convex: true,
      value: (z) => tf.sub(clean.value(z), tf.mul(labelSmoothing / (1 - 2 * labelSmoothing), z)),
      derivative: (z) => tf.sub(derivative(z), labelSmoothing / (1 - 2 * labelSmoothing)),
    },
  });
}
