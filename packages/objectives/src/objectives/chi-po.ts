import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkOption } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';
import { EXPONENT_LIMIT, safeExponential } from '../numerics/safe-exponential.js';
import { type LogRatios, pairObjective } from '../pairs/pair-objective.js';

/** Options of `chiPo`. */
export interface ChiPoOptions {
  /** β, above 0. */
  readonly beta: number;
  /** R, the largest possible reward, above 0: margins are clipped to ±2R; no clipping by default. */
  readonly maxReward?: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * χ²-preference optimization: DPO's log-ratio plus the ratio itself, which regularizes by χ².
 *
 * ℓ = −log σ(clip(β·(φ(y_w) − φ(y_l)), ±2R)), φ = e^r + r
 *
 * When to use: when the data covers few of the possible responses and over-optimization is a concern.
 *
 * Gotcha: a pair whose margin is clipped has no gradient. Above r = 30, e^r continues along its tangent (float32); the
 * metric `losses/tangent` is the share of such pairs.
 *
 * @throws {ObjectivesError} `invalid-option` unless β and R are above 0
 * @example
 * const { losses } = chiPo({ beta: 0.1, maxReward: 1 }).evaluate(batch);
 * @see Huang et al. 2024, "Correcting the Mythos of KL-Regularization", algorithm 1
 */
export function chiPo(options: ChiPoOptions): Objective {
  const { beta, maxReward = Number.POSITIVE_INFINITY, importance } = options;
  checkOption('chiPo', 'maxReward', maxReward, (x) => x > 0, 'a number above 0');
  const link = (ratio: Tensor1D): Tensor1D => tf.add(safeExponential(ratio), ratio);
  return pairObjective({
    name: 'chi-po',
    beta,
    importance,
    losses: ({ chosen, rejected }) => {
      const margin = tf.mul<Tensor1D>(beta, tf.sub(link(chosen), link(rejected)));
      return tf.neg(logSigmoid(tf.clipByValue(margin, -2 * maxReward, 2 * maxReward)));
    },
    metrics: (ratios) => ({ 'losses/tangent': beyondExponentLimit(ratios) }),
  });
}

function beyondExponentLimit({ chosen, rejected }: LogRatios): Tensor1D {
  return tf.step(tf.sub<Tensor1D>(tf.maximum(chosen, rejected), EXPONENT_LIMIT));
}
