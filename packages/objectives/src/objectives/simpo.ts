import * as tf from '@tensorflow/tfjs-core';
import type { ReferenceFreePairBatch } from '../contract/batch.js';
import { checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';
import { pairObjective } from '../pairs/pair-objective.js';
import { perToken } from '../pairs/per-token.js';

/** Options of `simpo`. */
export interface SimpoOptions {
  /** β, above 0; 2 to 2.5 in the paper, because it scales means over tokens. */
  readonly beta: number;
  /** γ, the margin that the chosen response must lead by, at least 0; 0.5 to 1.6 in the paper. */
  readonly gamma: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * SimPO: the mean log-probability per token as reward, a target margin, and no reference.
 *
 * ℓ = −log σ(β·(log π_θ(y_w)/|y_w| − log π_θ(y_l)/|y_l|) − γ)
 *
 * When to use: when there is no room for a reference, and generated responses grow longer under DPO.
 *
 * Gotcha: nothing keeps the policy near the SFT model, so use a small learning rate and watch the KL. Importance weights
 * measure from the reference, so a weighted SimPO reads it.
 *
 * Gotcha: TRL's `loss_type="simpo"` adds an SFT term unless `cpo_alpha=0`; its other numbers are those given here.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0 and γ at least 0
 * @example
 * const { losses } = simpo({ beta: 2, gamma: 0.5 }).evaluate(batch);
 * @see Meng et al. 2024, "SimPO: Simple Preference Optimization with a Reference-Free Reward", equation 6; TRL `simpo`
 */
export function simpo(options: SimpoOptions): Objective<ReferenceFreePairBatch> {
  const { beta, gamma, importance } = options;
  checkOption('simpo', 'gamma', gamma, (x) => x >= 0 && Number.isFinite(x), 'a finite number ≥ 0');
  return pairObjective({
    name: 'simpo',
    beta,
    requires: { reference: false },
    importance,
    losses: (sums, batch) => {
      const { chosen, rejected } = perToken(sums, batch);
      return tf.neg(logSigmoid(tf.sub(tf.mul(beta, tf.sub(chosen, rejected)), gamma)));
    },
    rewards: (sums, batch) => perToken(sums, batch, beta),
  });
}
