import * as tf from '../numerics/operations.js';
import type { Smoothing } from './smoothing.js';

/**
 * The adaptive choice of the source paper: the weight is a geometric mean over tokens.
 *
 * α(|y|) = 1/|y|
 *
 * @example
 * inverseLength()(tf.tensor1d([1, 4])).print(); // 1, 0.25
 * @see the source paper, section 3.1 ("How to choose α?") and appendix E
 */
export function inverseLength(): Smoothing {
  return (length) => tf.div(1, length);
}
