import type { Tensor1D } from '@tensorflow/tfjs-core';
import { elementwise } from './elementwise.js';
import * as tf from './operations.js';

/**
 * log σ(x) = min(x, 0) − log(1 + e^(−|x|)), derivative σ(−x).
 *
 * The exponent is never positive, so nothing overflows, and the tail keeps its digits: the softplus kernels of
 * TensorFlow.js lose up to 5 % of log σ(x) at x = 13, where 1 + e^(−x) rounds in float32.
 */
export const logSigmoid: (x: Tensor1D) => Tensor1D = /* @__PURE__ */ elementwise(
  (x) => tf.sub(tf.minimum(x, 0), logOnePlus(tf.exp<Tensor1D>(tf.neg(tf.abs(x))))),
  (x) => tf.sigmoid(tf.neg(x)),
);

/**
 * log(1 + x) for x ≥ 0 to full precision: the rounding of u = 1 + x cancels in x·log(u)/(u − 1).
 *
 * The log1p kernel of the WASM back end is log(1 + x) as written and loses the digits of small x.
 *
 * @see Goldberg 1991, "What Every Computer Scientist Should Know About Floating-Point Arithmetic", theorem 4
 */
function logOnePlus(x: Tensor1D): Tensor1D {
  const u = tf.add<Tensor1D>(1, x);
  const scaled = tf.mul<Tensor1D>(x, tf.div(tf.log(u), tf.sub(u, 1)));
  return tf.where<Tensor1D>(tf.equal(u, 1), x, scaled);
}
