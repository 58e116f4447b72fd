import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkLabelSmoothing, withDefaults } from '../contract/check-option.js';
import { logSigmoid } from '../numerics/log-sigmoid.js';
import type { FLoss } from './f-loss.js';

/** Options of `logistic`. */
export interface LogisticOptions {
  /** ε, the probability that a label is wrong, from 0 to 0.5; 0 by default. */
  readonly labelSmoothing?: number;
}

/**
 * The logistic loss of DPO; with label smoothing, that of conservative DPO.
 *
 * f(z) = −(1−ε)·log σ(z) − ε·log σ(−z)
 *
 * f′(z) = σ(z) − (1−ε)
 *
 * When to use: as the f of DPO; the smooth choice, with a gradient at every margin.
 *
 * Gotcha: without smoothing it has no minimum: the larger the margin, the lower the loss.
 *
 * @throws {ObjectivesError} `invalid-option` unless ε is in [0, 0.5]
 * @example
 * const f = logistic();
 * f.value(tf.tensor1d([0])).print(); // 0.6931472
 * @see Rafailov et al. 2023, "Direct Preference Optimization", equation 7; Mitchell 2023, "A note on DPO with
 *   noisy preferences", equation 3 (conservative DPO)
 */
export function logistic(options: LogisticOptions = {}): FLoss {
  const { labelSmoothing } = withDefaults('logistic', options, { labelSmoothing: 0 });
  checkLabelSmoothing('logistic', labelSmoothing);
  return {
    name: 'logistic',
    convex: true,
    value: (z) =>
      tf.neg(
        tf.add<Tensor1D>(
          tf.mul(1 - labelSmoothing, logSigmoid(z)),
          tf.mul(labelSmoothing, logSigmoid(tf.neg(z))),
        ),
      ),
    // σ(z) − 1 + ε, written with σ(−z) = 1 − σ(z) so that the tail of large margins does not cancel.
    derivative: (z) =>
      tf.sub(tf.mul(labelSmoothing, tf.sigmoid(z)), tf.mul(1 - labelSmoothing, tf.sigmoid(tf.neg(z)))),
  };
}
