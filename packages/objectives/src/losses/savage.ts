import * as tf from '@tensorflow/tfjs-core';
import type { FLoss } from './f-loss.js';

/**
 * The savage loss: bounded, so that hopeless pairs stop pulling.
 *
 * f(z) = 1 / (1 + e^z)²
 *
 * f′(z) = −2·σ(−z)²·σ(z)
 *
 * When to use: when some labels are wrong and those pairs should not pull forever.
 *
 * Gotcha: it is not convex; at margins far below 0 its gradient vanishes.
 *
 * @example
 * const f = savage();
 * f.value(tf.tensor1d([0])).print(); // 0.25
 * @see Masnadi-Shirazi and Vasconcelos 2008, "On the Design of Loss Functions for Classification", table 1;
 *   Tang et al. 2024, "Generalized Preference Optimization", table 1
 */
export function savage(): FLoss {
  return {
    name: 'savage',
    convex: false,
    value: (z) => tf.square(tf.sigmoid(tf.neg(z))),
    derivative: (z) => tf.mul(-2, tf.mul(tf.square(tf.sigmoid(tf.neg(z))), tf.sigmoid(z))),
  };
}
