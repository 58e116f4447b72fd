import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { SampleBatch } from '../contract/batch.js';
import type { Objective } from '../contract/objective.js';
import { sequenceRatio } from './gspo.js';

/** Options of `luspo`. */
export interface LuspoOptions {
  /** β of the KL penalty within the reward, R − β·(log μ(y) − log π_ref(y)); 0 by default, without a reference. */
  readonly beta?: number;
  /** Whether advantages are divided by the standard deviation of the group's rewards; true by default. */
  readonly scale?: boolean;
  /** ε_l, how far the ratio may fall below 1, from 0 to 1; 3e-4 by default. */
  readonly lower?: number;
  /** ε_h, how far it may rise above 1, at least 0; 4e-4 by default. */
  readonly upper?: number;
}

/**
 * LUSPO: GSPO times the length, so that a token counts the same in short and long responses.
 *
 * ℓ = −|y|·min(s·A, clip(s, 1 − ε_l, 1 + ε_h)·A), s = (π_θ(y|x)/μ(y|x))^{1/|y|}
 *
 * When to use: where GSPO makes responses shorter than they should be: its gradient is divided by their length.
 *
 * Gotcha: losses and gradients grow with the length, so a smaller learning rate than GSPO's is right. At a ratio of 1 the gradient
 * is that of −A·log π_θ(y|x), as in `rloo`.
 *
 * @throws {ObjectivesError} `invalid-option` for a bound or a β below 0; `evaluate` throws `invalid-batch`
 * @example
 * const { losses } = luspo().evaluate({ policy, behavior, rewards, length, group });
 * @see Liu et al. 2026, "Length-Unbiased Sequence Policy Optimization", arXiv 2602.05261; TRL `loss_type="luspo"`
 */
export function luspo(options: LuspoOptions = {}): Objective<SampleBatch> {
  return sequenceRatio('luspo', options, (losses, length) => tf.mul<Tensor1D>(length, losses));
}
