import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { FLoss } from './f-loss.js';

/**
 * The truncated quadratic loss: the squared loss without pushing back.
 *
 * f(z) = max(0, 1 − z)²
 *
 * f′(z) = −2·max(0, 1 − z)
 *
 * When to use: when misordered pairs should count more the further off they are, and well-ordered pairs not at all.
 *
 * Gotcha: a pair with a margin above 1 has no gradient.
 *
 * @example
 * const f = truncatedQuadratic();
 * f.value(tf.tensor1d([-1, 0, 2])).print(); // 4, 1, 0
 * @see Tang et al. 2024, "Generalized Preference Optimization", table 1
 */
export function truncatedQuadratic(): FLoss {
  return {
    name: 'truncated-quadratic',
    convex: true,
    value: (z) => tf.square(tf.relu(tf.sub<Tensor1D>(1, z))),
    derivative: (z) => tf.mul(-2, tf.relu(tf.sub<Tensor1D>(1, z))),
  };
}
