import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { FLoss } from './f-loss.js';

/**
 * The hinge loss of SLiC.
 *
 * f(z) = max(0, 1 − z)
 *
 * f′(z) = −1 if z < 1, otherwise 0
 *
 * When to use: when pairs with a sufficient margin should be left alone.
 *
 * Gotcha: a pair with a margin above 1 has no gradient at all.
 *
 * @example
 * const f = hinge();
 * f.value(tf.tensor1d([0, 1, 2])).print(); // 1, 0, 0
 * @see Zhao et al. 2023, "SLiC-HF", equation 1; Tang et al. 2024, "Generalized Preference Optimization", table 1
 */
export function hinge(): FLoss {
  return {
    name: 'hinge',
    convex: true,
    value: (z) => tf.relu(tf.sub<Tensor1D>(1, z)),
    derivative: (z) => tf.neg(tf.step(tf.sub<Tensor1D>(1, z))),
  };
}
