import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { TokenPairBatch } from '../contract/batch.js';
import { checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { sumByRow, takeByRow, tokenPositions } from '../numerics/by-row.js';
import { detach } from '../numerics/detach.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';
import { type LogRatios, pairObjective } from '../pairs/pair-objective.js';

/** Options of `ldDpo`. */
export interface LdDpoOptions {
  /** β, above 0. */
  readonly beta: number;
  /** α, what tokens beyond the shorter response's length count for, from 0 to 1. */
  readonly alpha: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * LD-DPO: DPO in which the tokens that the longer response has beyond the length of the shorter one count for less.
 *
 * ℓ = −log σ(β(r̂_w − r̂_l)), r̂(y) = Σ_{t ≤ m} r_t + α·Σ_{t > m} r_t, m = min(|y_w|, |y_l|)
 *
 * When to use: when DPO makes responses longer than people like, and a penalty on length is too blunt.
 *
 * Gotcha: α = 1 is DPO, and α = 0 compares the first m tokens alone. The paper's best α differ by model, from 0.3 to 0.6.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0 and α from 0 to 1; `evaluate` throws `invalid-batch`
 * @example
 * const { losses } = ldDpo({ beta: 0.1, alpha: 0.5 }).evaluate({ ...batch, ...tokens });
 * @see Liu et al. 2024, "Length Desensitization in Direct Preference Optimization", equation 11; TRL `ld_alpha`
 */
export function ldDpo(options: LdDpoOptions): Objective<TokenPairBatch> {
  const { beta, alpha, importance } = options;
  checkOption('ldDpo', 'alpha', alpha, (x) => x >= 0 && x <= 1, 'a number from 0 to 1');
  const ratios = (batch: TokenPairBatch): LogRatios => {
    const { chosenLength, rejectedLength, chosenTokenRow, rejectedTokenRow } = batch;
    const shared = tf.minimum<Tensor1D>(chosenLength, rejectedLength);
    const sum = (policy: Tensor1D, reference: Tensor1D, rows: Tensor1D, length: Tensor1D): Tensor1D => {
      // 1 for the tokens that both lengths have, and α for those beyond.
      const excess = tf.step(
        tf.sub<Tensor1D>(tf.add(tokenPositions(rows, length), 0.5), takeByRow(shared, rows)),
      );
      const factors = tf.sub(1, tf.mul(1 - alpha, excess));
      return sumByRow(tf.mul(factors, tf.sub(policy, reference)), rows, length.size);
    };
    return {
      chosen: sum(batch.policyChosenTokens, batch.referenceChosenTokens, chosenTokenRow, chosenLength),
      rejected: sum(
        batch.policyRejectedTokens,
        batch.referenceRejectedTokens,
        rejectedTokenRow,
        rejectedLength,
      ),
    };
  };
  return pairObjective<TokenPairBatch>({
    name: 'ld-dpo',
    beta,
    requires: { tokens: true },
    importance,
    losses: (_, batch) => {
      const { chosen, rejected } = ratios(batch);
      return tf.neg(logSigmoid(tf.mul(beta, tf.sub(chosen, rejected))));
    },
    rewards: (_, batch) => {
      const { chosen, rejected } = ratios(batch);
      return { chosen: tf.mul(beta, detach(chosen)), rejected: tf.mul(beta, detach(rejected)) };
    },
  });
}
