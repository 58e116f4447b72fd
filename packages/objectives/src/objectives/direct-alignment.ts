import type { Tensor1D } from '@tensorflow/tfjs-core';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { applyLoss, checkLoss, type FLoss } from '../losses/f-loss.js';
import * as tf from '../numerics/operations.js';
import { type LogRatios, pairObjective } from '../pairs/pair-objective.js';

/** Options of `directAlignment`. */
export interface DirectAlignmentOptions {
  /** f, from this package or your own. */
  readonly loss: FLoss;
  /** β, above 0: larger keeps the policy closer to the reference. */
  readonly beta: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * A direct alignment loss with any scalar function f, importance-weighted or not.
 *
 * ℓ = f(βρ), ρ = [log π_θ(y_w) − log π_ref(y_w)] − [log π_θ(y_l) − log π_ref(y_l)]
 *
 * When to use: to try a function f that has no preset, or to write a new one.
 *
 * Gotcha: β means something different for each f; compare runs at equal KL, not at equal β.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0; `evaluate` throws `invalid-batch`
 * @example
 * const objective = directAlignment({ loss: savage(), beta: 0.1, importance: adaptiveImportance() });
 * const { losses } = objective.evaluate(batch);
 * @see Tang et al. 2024, "Generalized Preference Optimization", equation 5; the source paper, section 2.4
 */
export function directAlignment(options: DirectAlignmentOptions): Objective {
  const { loss, beta, importance } = options;
  checkLoss('directAlignment', loss);
  const { tangentBelow } = loss;
  const margins = ({ chosen, rejected }: LogRatios): Tensor1D => tf.mul(beta, tf.sub(chosen, rejected));
  return pairObjective({
    name: loss.name,
    beta,
    importance,
    losses: (ratios) => applyLoss(loss, margins(ratios)),
    ...(tangentBelow !== undefined && {
      metrics: (ratios) => ({
        'losses/tangent': tf.step(tf.sub<Tensor1D>(tangentBelow, margins(ratios))),
      }),
    }),
  });
}
