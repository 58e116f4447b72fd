import * as tf from '@tensorflow/tfjs-core';
import { checkChoice, checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';
import { pairObjective } from '../pairs/pair-objective.js';

/** Options of `rpo`. */
export interface RpoOptions {
  /** β, above 0. */
  readonly beta: number;
  /** η, at least 0; 0.005 by default, the source paper's choice among 0.001, 0.005, and 0.01. */
  readonly eta?: number;
  /**
   * Over which tokens log π_θ(y_w|x) is averaged: `'none'` (a sum, the default and the paper's form), those of each response
   * (`'response'`), or those of all chosen responses of the batch (`'batch'`, TRL's form, where long responses count more).
   */
  readonly average?: 'none' | 'response' | 'batch';
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Regularized preference optimization: DPO plus a pull toward the chosen responses.
 *
 * none: ℓ = −log σ(βρ) − β·η·log π_θ(y_w|x); response: ℓ_i = −log σ(βρ_i) − β·η·log π_θ(y_w,i|x_i)/|y_w,i|;
 * batch: ℓ_i = −log σ(βρ_i) − β·η·n·log π_θ(y_w,i|x_i)/Σ_j |y_w,j|
 *
 * When to use: when DPO lowers the probability even of the chosen responses.
 *
 * Gotcha: the added term is a sum over tokens by default, so long responses pull harder; an average evens that out and calls for
 * a larger η. TRL's losses `["sigmoid", "sft"]` with weights [1, a] (its former `rpo_alpha`) are `average: 'batch'` with η = a/β.
 * That average depends on the whole batch, so micro-batches and importance weights of the pairs are refused with it.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0, η at least 0, and `average` one of the three; `coupled-objective` if a batch's average is
 *   to be weighted
 * @example
 * const { losses } = rpo({ beta: 0.05, eta: 0.005 }).evaluate(batch);
 * @see Liu et al. 2024, "Provably Mitigating Overoptimization in RLHF", equation 4.1; the source paper, appendix I
 */
export function rpo(options: RpoOptions): Objective {
  const { beta, eta = 0.005, average = 'none', importance } = options;
  checkOption('rpo', 'eta', eta, (x) => x >= 0 && Number.isFinite(x), 'a finite number ≥ 0');
  checkChoice('rpo', 'average', average, ['none', 'response', 'batch']);
  return pairObjective({
    name: 'rpo',
    beta,
    importance,
    ...(average === 'batch' && { requires: { wholeBatch: true } }),
    losses: ({ chosen, rejected }, { policyChosen, chosenLength }) => {
      const preference = logSigmoid(tf.mul(beta, tf.sub(chosen, rejected)));
      const tokens = { none: 1, response: chosenLength, batch: tf.mean(chosenLength) }[average];
      const imitation = tf.div(policyChosen, tokens);
      return tf.sub(tf.neg(preference), tf.mul(beta * eta, imitation));
    },
  });
}
