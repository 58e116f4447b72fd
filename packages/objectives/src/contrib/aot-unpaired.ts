import * as tf from '@tensorflow/tfjs-core';
import { checkBeta } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import { applyLoss } from '../losses/f-loss.js';
import { logistic } from '../losses/logistic.js';
import { pairObjective } from '../pairs/pair-objective.js';
import { matchByRank } from './ranks.js';

/** Options of `aotUnpaired`. */
export interface AotUnpairedOptions {
  /** β, above 0. */
  readonly beta: number;
  /** ε, the probability that a label is wrong, from 0 to 0.5; 0 by default. */
  readonly labelSmoothing?: number;
}

/**
 * Alignment via optimal transport, unpaired: the log-ratios of chosen responses must dominate those of rejected ones.
 *
 * ℓ_i = f(β·(r_w,i − r_l,k(i))), where r_l,k(i) has the rank among the r_l that r_w,i has among the r_w;
 * f(z) = −(1−ε)·log σ(z) − ε·log σ(−z)
 *
 * When to use: when good and bad responses were not written for the same prompts.
 *
 * Gotcha: as for `aot`, a loss depends on the whole batch; each loss is at the pair that its chosen response belongs to.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0 and ε is in [0, 0.5]
 * @example
 * const { losses } = aotUnpaired({ beta: 0.1 }).evaluate(batch);
 * @see Melnyk et al. 2024, "Distributional Preference Alignment of LLMs via Optimal Transport", algorithm 1;
 *   TRL `aot_unpaired`
 */
export function aotUnpaired(options: AotUnpairedOptions): Objective {
  const { beta, ...smoothing } = options;
  checkBeta('aot-unpaired', beta);
  const loss = logistic(smoothing);
  return pairObjective({
    name: 'aot-unpaired',
    beta,
    requires: { wholeBatch: true },
    losses: ({ chosen, rejected }) =>
      applyLoss(loss, tf.mul(beta, tf.sub(chosen, matchByRank(chosen, rejected)))),
  });
}
