import type { Tensor1D } from '@tensorflow/tfjs-core';
import { elementwise } from './elementwise.js';
import * as tf from './operations.js';

/**
 * Where {@link safeExponential} leaves e^x for its tangent: e^30 is about 1.1e13.
 *
 * One nested in another, as in an exponential loss of an f-divergence, and an importance weight times
 * either, then stay below float32's largest number, 3.4e38, for exponents up to 1e4.
 */
export const EXPONENT_LIMIT = 30;

/**
 * e^x up to x = 30, and beyond it the tangent there, e^30·(1 + x − 30): convex, continuously
 * differentiable, and finite in float32, value and derivative, for any exponent up to 1e24.
 *
 * A plain clip would be finite too, but its gradient would be 0 exactly where the loss is largest.
 */
export const safeExponential: (x: Tensor1D) => Tensor1D = /* @__PURE__ */ elementwise(
  (x) => tf.mul(capped(x), tf.add(1, tf.relu(tf.sub(x, EXPONENT_LIMIT)))),
  (x) => capped(x),
);

function capped(x: Tensor1D): Tensor1D {
  return tf.exp(tf.minimum<Tensor1D>(x, EXPONENT_LIMIT));
}
