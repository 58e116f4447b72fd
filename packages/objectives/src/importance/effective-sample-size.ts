import type { Scalar, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '../numerics/operations.js';

/** The smallest normal float32: a divisor that turns 0/0 into 0. */
export const SMALLEST: number = 2 ** -126;

/**
 * How many equally weighted examples the weighted examples are worth (Kish's effective sample size).
 *
 * n_eff = (Σ w)² / Σ w², from 1 (one weight outweighs all) to the batch size (all are equal)
 *
 * @param weights weights of at least 0, [batch]
 * @returns a scalar; 0 if every weight is 0
 * @example
 * effectiveSampleSize(tf.tensor1d([1, 1, 0])).print(); // 2
 * @see Kish 1965, "Survey Sampling"; Owen 2013, "Monte Carlo theory, methods and examples", section 9.3
 */
export function effectiveSampleSize(weights: Tensor1D): Scalar {
  return tf.tidy(() => {
    // Scaled by the largest weight, so that no square overflows or underflows.
    const scaled = tf.div(weights, tf.maximum(tf.max(weights), SMALLEST));
    return tf.div<Scalar>(tf.square(tf.sum(scaled)), tf.maximum(tf.sum(tf.square(scaled)), SMALLEST));
  });
}
