import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { FLoss } from './f-loss.js';

/**
 * The squared loss of IPO in the form of the source paper.
 *
 * f(z) = (z − 1)²
 *
 * f′(z) = 2·(z − 1)
 *
 * When to use: when margins should settle at a finite value instead of growing.
 *
 * Gotcha: it also pushes back margins above 1.
 *
 * @example
 * const f = squared();
 * f.value(tf.tensor1d([0, 1, 2])).print(); // 1, 0, 1
 * @see Azar et al. 2023, "A General Theoretical Paradigm to Understand Learning from Human Preferences", equation 17;
 *   Tang et al. 2024, "Generalized Preference Optimization", table 1
 */
export function squared(): FLoss {
  return {
    name: 'squared',
    convex: true,
    value: (z) => tf.square(tf.sub<Tensor1D>(z, 1)),
    derivative: (z) => tf.mul(2, tf.sub(z, 1)),
  };
}
