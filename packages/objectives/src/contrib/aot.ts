import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkBeta } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import { applyLoss } from '../losses/f-loss.js';
import { logistic } from '../losses/logistic.js';
import { pairObjective } from '../pairs/pair-objective.js';
import { matchByRank } from './ranks.js';

/** Options of `aot`. */
export interface AotOptions {
  /** β, above 0. */
  readonly beta: number;
  /** ε, the probability that a label is wrong, from 0 to 0.5; 0 by default. */
  readonly labelSmoothing?: number;
}

/**
 * Alignment via optimal transport, paired: the policy's margins must dominate the reference's as distributions.
 *
 * ℓ_i = f(β·(u_i − v_k(i))), u = log π_θ(y_w) − log π_θ(y_l), v = log π_ref(y_w) − log π_ref(y_l), where v_k(i) has the
 * rank among the v that u_i has among the u; f(z) = −(1−ε)·log σ(z) − ε·log σ(−z)
 *
 * When to use: when the whole distribution of margins matters more than each pair.
 *
 * Gotcha: a loss depends on the whole batch, so it means something different at each batch size, and an importance weight
 * of the pair has no meaning. TRL returns the losses in sorted order; here each loss is at the pair whose margin it uses.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0 and ε is in [0, 0.5]
 * @example
 * const { losses } = aot({ beta: 0.1 }).evaluate(batch);
 * @see Melnyk et al. 2024, "Distributional Preference Alignment of LLMs via Optimal Transport", algorithm 1; TRL `aot`
 */
export function aot(options: AotOptions): Objective {
  const { beta, ...smoothing } = options;
  checkBeta('aot', beta);
  const loss = logistic(smoothing);
  return pairObjective({
    name: 'aot',
    beta,
    requires: { wholeBatch: true },
    losses: (_, batch) => {
      const policy = tf.sub<Tensor1D>(batch.policyChosen, batch.policyRejected);
      const reference = tf.sub<Tensor1D>(batch.referenceChosen, batch.referenceRejected);
      return applyLoss(loss, tf.mul(beta, tf.sub(policy, matchByRank(policy, reference))));
    },
  });
}
