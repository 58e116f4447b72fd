import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { PairBatch } from '../contract/batch.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { pairObjective } from '../pairs/pair-objective.js';

/** Pairs with the reward of each response, [batch]. */
export interface ScoredPairBatch extends PairBatch {
  /** R(x, y_w). */
  readonly chosenReward: Tensor1D;
  /** R(x, y_l). */
  readonly rejectedReward: Tensor1D;
}

/** Options of `rebel`. */
export interface RebelOptions {
  /** β, above 0: the paper's 1/η. */
  readonly beta: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * REBEL: the difference of the implicit rewards is regressed on the difference of the given ones.
 *
 * ℓ = (βρ − (R(y_w) − R(y_l)))²
 *
 * When to use: on pairs whose rewards are known, such as those sampled during training: how much better a response is counts,
 * not only which one is.
 *
 * Gotcha: in the paper the reference is the policy of the last iteration; with the SFT model as reference it is reward
 * distillation. Its gradient is 4β times that of `pairwisePolicyGradient` on the same rewards.
 *
 * Gotcha: batches must have `chosenReward` and `rejectedReward`. Online training gives them; labeled pairs need a score of each response,
 * as `ais label` writes.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0; `evaluate` throws `invalid-batch` if a reward is missing
 * @example
 * const { losses } = rebel({ beta: 0.1 }).evaluate({ ...batch, chosenReward, rejectedReward });
 * @see Gao et al. 2024, "REBEL: Reinforcement Learning via Regressing Relative Rewards", algorithm 1; Fisch et al. 2024, "Robust
 *   Preference Optimization through Reward Model Distillation"
 */
export function rebel(options: RebelOptions): Objective<ScoredPairBatch> {
  const { beta, importance } = options;
  return pairObjective<ScoredPairBatch>({
    name: 'rebel',
    beta,
    importance,
    requires: { columns: ['chosenReward', 'rejectedReward'] },
    losses: ({ chosen, rejected }, { chosenReward, rejectedReward }) =>
      tf.square(tf.sub(tf.mul(beta, tf.sub(chosen, rejected)), tf.sub(chosenReward, rejectedReward))),
  });
}
