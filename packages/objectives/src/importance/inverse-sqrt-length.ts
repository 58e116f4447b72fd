import * as tf from '@tensorflow/tfjs-core';
import type { Smoothing } from './smoothing.js';

/**
 * A weaker smoothing: more regularization, more variance.
 *
 * α(|y|) = 1/√|y|
 *
 * @example
 * inverseSqrtLength()(tf.tensor1d([1, 4])).print(); // 1, 0.5
 * @see the source paper, appendix F ("square root"; the paper prints 1/|y| for both choices)
 */
export function inverseSqrtLength(): Smoothing {
  return (length) => tf.div(1, tf.sqrt(length));
}
