import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { EXPONENT_LIMIT, safeExponential } from '../numerics/safe-exponential.js';
import type { FLoss } from './f-loss.js';

/**
 * The exponential loss (as in AdaBoost).
 *
 * f(z) = e^(−z)
 *
 * f′(z) = −e^(−z)
 *
 * When to use: when misordered pairs should dominate the update.
 *
 * Gotcha: float32 cannot hold e^88.8. Below z = −30 the value continues along the tangent at −30, so that value
 * and gradient stay finite and keep their sign; the metric `losses/tangent` reports the share of such pairs.
 *
 * @example
 * const f = exponential();
 * f.value(tf.tensor1d([0, 1])).print(); // 1, 0.3678794
 * @see Tang et al. 2024, "Generalized Preference Optimization", table 1
 */
export function exponential(): FLoss {
  return {
    name: 'exponential',
    convex: true,
    tangentBelow: -EXPONENT_LIMIT,
    value: (z) => safeExponential(tf.neg(z)),
    derivative: (z) => tf.neg(tf.exp(tf.minimum<Tensor1D>(tf.neg(z), EXPONENT_LIMIT))),
  };
}
