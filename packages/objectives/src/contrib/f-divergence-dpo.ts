import * as tf from '@tensorflow/tfjs-core';
import { applyLoss, type FLoss } from '../f-loss.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { logistic } from '../losses/logistic.js';
import type { Objective } from '../objective.js';
import { pairObjective } from '../pair-objective.js';
import type { FDivergence } from './f-divergence.js';

export interface FDivergenceDpoOptions {
  /** β, above 0. */
  readonly beta: number;
  /** The divergence that regularizes: `reverseKl()`, `forwardKl()`, `jensenShannon()`, `alphaDivergence(α)` or your own. */
  readonly divergence: FDivergence;
  /** f, `logistic()` where absent. */
  readonly loss?: FLoss;
  /** Weights on the pairs; none where absent. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Direct alignment under another divergence than reverse KL.
 *
 * ℓ = f(β·(score(r_w) − score(r_l)))
 *
 * When to use: when reverse KL seeks too few modes; Jensen–Shannon is the mild choice.
 *
 * Gotcha: the rewards among the metrics are β·r, as in TRL, whatever the divergence.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0
 * @example
 * const { losses } = fDivergenceDpo({ beta: 0.1, divergence: jensenShannon() }).evaluate(batch);
 * @see Wang et al. 2023, "Beyond Reverse KL: Generalizing DPO with Diverse Divergence Constraints", equation 8;
 *   TRL `f_divergence_type`
 */
export function fDivergenceDpo(options: FDivergenceDpoOptions): Objective {
  const { beta, divergence, loss = logistic(), importance } = options;
  return pairObjective({
    name: `${divergence.name}-dpo`,
    beta,
    importance,
    losses: ({ chosen, rejected }) =>
      applyLoss(loss, tf.mul(beta, tf.sub(divergence.score(chosen), divergence.score(rejected)))),
  });
}
