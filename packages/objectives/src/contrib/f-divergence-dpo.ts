import type { Tensor1D } from '@tensorflow/tfjs-core';
import { refusal } from '../contract/check-option.js';
import type { Metrics, Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { applyLoss, checkLoss, type FLoss } from '../losses/f-loss.js';
import { logistic } from '../losses/logistic.js';
import * as tf from '../numerics/operations.js';
import { type LogRatios, pairObjective } from '../pairs/pair-objective.js';
import type { FDivergence } from './f-divergence.js';

/** Options of `fDivergenceDpo`. */
export interface FDivergenceDpoOptions {
  /** β, above 0. */
  readonly beta: number;
  /** The divergence that regularizes: `reverseKl()`, `forwardKl()`, `jensenShannon()`, `alphaDivergence(α)`, or your own. */
  readonly divergence: FDivergence;
  /** f; `logistic()` by default. */
  readonly loss?: FLoss;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Direct alignment with a divergence other than reverse KL.
 *
 * ℓ = f(β·(score(r_w) − score(r_l)))
 *
 * When to use: when reverse KL covers too few modes; Jensen–Shannon is the mild choice.
 *
 * Gotcha: the rewards among the metrics are β·r, as in TRL, whatever the divergence.
 *
 * Gotcha: an exponential f of an exponential score exceeds float32 at everyday log-ratios; both then continue along their
 * tangents, and the metric `losses/tangent` is the share of such pairs.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0
 * @example
 * const { losses } = fDivergenceDpo({ beta: 0.1, divergence: jensenShannon() }).evaluate(batch);
 * @see Wang et al. 2023, "Beyond Reverse KL: Generalizing DPO with Diverse Divergence Constraints", equation 8;
 *   TRL `f_divergence_type`
 */
export function fDivergenceDpo(options: FDivergenceDpoOptions): Objective {
  const { beta, divergence, loss = logistic(), importance } = options;
  checkLoss('fDivergenceDpo', loss);
  if (typeof divergence?.score !== 'function') {
    throw refusal('fDivergenceDpo', 'divergence', 'a divergence such as jensenShannon()', divergence);
  }
  const margins = ({ chosen, rejected }: LogRatios): Tensor1D =>
    tf.mul(beta, tf.sub(divergence.score(chosen), divergence.score(rejected)));
  const { tangentBelow = Number.NEGATIVE_INFINITY, tangentAbove = Number.POSITIVE_INFINITY } = divergence;
  const everTangent = [divergence.tangentBelow, divergence.tangentAbove, loss.tangentBelow].some(
    (end) => end !== undefined,
  );
  const tangents = (ratios: LogRatios): Metrics => {
    const { chosen, rejected } = ratios;
    const beyondScore = tf.maximum(
      tf.sub(tangentBelow, tf.minimum(chosen, rejected)),
      tf.sub(tf.maximum(chosen, rejected), tangentAbove),
    );
    const beyondLoss = tf.sub(loss.tangentBelow ?? Number.NEGATIVE_INFINITY, margins(ratios));
    return { 'losses/tangent': tf.step(tf.maximum<Tensor1D>(beyondScore, beyondLoss)) };
  };
  return pairObjective({
    name: `${divergence.name}-dpo`,
    beta,
    importance,
    losses: (ratios) => applyLoss(loss, margins(ratios)),
    ...(everTangent ? { metrics: tangents } : {}),
  });
}
