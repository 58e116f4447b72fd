import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { ReferenceFreePairBatch } from '../contract/batch.js';
import { checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { elementwise } from '../numerics/elementwise.js';
import { exponentialMinusOne } from '../numerics/exponential-minus-one.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';
import { EXPONENT_LIMIT } from '../numerics/safe-exponential.js';
import { type LogRatios, pairObjective } from '../pairs/pair-objective.js';
import { perToken } from '../pairs/per-token.js';

/** Options of `alphaPo`. */
export interface AlphaPoOptions {
  /** β, above 0; it scales means over tokens, so larger than for DPO. */
  readonly beta: number;
  /** α, the shape of the reward; above 0 it is steeper for unlikely responses, below 0 for likely ones, at 0 it is SimPO's. */
  readonly alpha: number;
  /** γ, the margin that the chosen response must lead by, at least 0. */
  readonly gamma: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * AlphaPO: SimPO with a reward of another shape, (1 − P^(−α))/α in place of log P.
 *
 * ℓ = −log σ((β/α)·(P_l^(−α) − P_w^(−α)) − γ), log P = log π_θ(y)/|y|
 *
 * When to use: when SimPO lowers even the probabilities of chosen responses.
 *
 * Gotcha: this α has nothing to do with the α of importance weights. P^(−α) grows exponentially in the nats per token; beyond
 * e^30 it continues on its tangent.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0, α finite, and γ at least 0
 * @example
 * const { losses } = alphaPo({ beta: 2.5, alpha: 0.25, gamma: 0.5 }).evaluate(batch);
 * @see Gupta et al. 2025, "AlphaPO: Reward Shape Matters for LLM Alignment", section 3; TRL `alphapo`
 */
export function alphaPo(options: AlphaPoOptions): Objective<ReferenceFreePairBatch> {
  const { beta, alpha, gamma, importance } = options;
  checkOption('alphaPo', 'alpha', alpha, Number.isFinite, 'a finite number');
  checkOption('alphaPo', 'gamma', gamma, (x) => x >= 0 && Number.isFinite(x), 'a finite number ≥ 0');
  const shaped = (sums: LogRatios, batch: ReferenceFreePairBatch): LogRatios => {
    const { chosen, rejected } = perToken(sums, batch);
    const reward = rewardOf(alpha);
    return { chosen: tf.mul(beta, reward(chosen)), rejected: tf.mul(beta, reward(rejected)) };
  };
  return pairObjective({
    name: 'alpha-po',
    beta,
    requires: { reference: false },
    importance,
    losses: (sums, batch) => {
      const { chosen, rejected } = shaped(sums, batch);
      return tf.neg(logSigmoid(tf.sub(tf.sub(chosen, rejected), gamma)));
    },
    rewards: shaped,
  });
}

/** (1 − P^(−α))/α of a log-probability, derivative P^(−α); log P at α = 0. */
function rewardOf(alpha: number): (logProbability: Tensor1D) => Tensor1D {
  if (alpha === 0) return (x) => x;
  const capped = (x: Tensor1D): Tensor1D => tf.minimum(tf.mul(-alpha, x), EXPONENT_LIMIT);
  const power = (x: Tensor1D): Tensor1D => tf.exp(capped(x));
  return elementwise((x) => {
    const beyond = tf.mul(power(x), tf.relu(tf.sub(tf.mul(-alpha, x), EXPONENT_LIMIT)));
    return tf.div(tf.add(exponentialMinusOne(capped(x)), beyond), -alpha);
  }, power);
}
