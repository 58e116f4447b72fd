import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { PairBatch } from '../contract/batch.js';
import { checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { LOG_WEIGHT_LIMIT } from '../importance/importance-weights.js';
import { applyLoss } from '../losses/f-loss.js';
import { logistic } from '../losses/logistic.js';
import { pairObjective } from '../pairs/pair-objective.js';

/** Options of `wpo`. */
export interface WpoOptions {
  /** β, above 0. */
  readonly beta: number;
  /** Upper bound on the weight, above 0; 1 by default. TRL has no bound: `Infinity`. */
  readonly clip?: number;
  /** Importance weights on top of WPO's own; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Weighted preference optimization: DPO in which pairs that the policy itself is likely to write count more.
 *
 * ℓ = −log σ(βρ)·min(1, exp(m_w + m_l)), m the mean over the response's tokens of log π_θ(y_t) − log Σ_v π_θ(v)²
 *
 * When to use: as an alternative to importance weights for off-policy data; its weight needs no reference.
 *
 * Gotcha: the batch must carry `chosenCertainty` and `rejectedCertainty`. The weight is a constant of the update.
 *
 * @throws {ObjectivesError} `invalid-option` unless β and the bound are above 0; `evaluate` throws `invalid-batch`
 *   if the certainties are missing
 * @example
 * const { losses } = wpo({ beta: 0.1 }).evaluate({ ...batch, chosenCertainty, rejectedCertainty });
 * @see Zhou et al. 2024, "WPO: Enhancing RLHF with Weighted Preference Optimization", equations 2 and 4; TRL
 *   `use_weighting`, which does not bound the weight
 */
export function wpo(options: WpoOptions): Objective {
  const { beta, clip = 1, importance } = options;
  checkOption('wpo', 'clip', clip, (x) => x > 0, 'a number above 0, or Infinity for no bound');
  const loss = logistic();
  const bound = Math.min(Math.log(clip), LOG_WEIGHT_LIMIT);
  const logWeights = (batch: PairBatch): Tensor1D =>
    tf.add(batch.chosenCertainty as Tensor1D, batch.rejectedCertainty as Tensor1D);
  return pairObjective({
    name: 'wpo',
    beta,
    importance,
    requires: { certainty: true },
    fields: ['chosenCertainty', 'rejectedCertainty'],
    losses: ({ chosen, rejected }, batch) =>
      tf.mul(
        tf.exp(tf.minimum(logWeights(batch), bound)),
        applyLoss(loss, tf.mul(beta, tf.sub(chosen, rejected))),
      ),
    metrics: (_, batch) => ({
      'certainty/weights': tf.exp(tf.minimum<Tensor1D>(logWeights(batch), bound)),
      'certainty/clipped': tf.step(tf.sub<Tensor1D>(logWeights(batch), bound)),
    }),
  });
}
