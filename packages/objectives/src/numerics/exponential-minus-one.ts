import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * e^x − 1 to full precision near 0 too, for x of at most 88: values only, without a gradient.
 *
 * The rounding of u = e^x cancels in x·(u − 1)/log(u). Kernels named expm1 are e^x − 1 as written on some back ends, which loses
 * the digits of small x.
 *
 * @see Higham 2002, "Accuracy and Stability of Numerical Algorithms", section 1.14.1
 */
export function exponentialMinusOne(x: Tensor1D): Tensor1D {
  const u = tf.exp<Tensor1D>(x);
  const difference = tf.sub<Tensor1D>(u, 1);
  const scaled = tf.mul<Tensor1D>(x, tf.div(difference, tf.log(u)));
  const near = tf.where<Tensor1D>(tf.equal(u, 1), x, scaled);
  return tf.where<Tensor1D>(tf.less(tf.abs(x), 0.5), near, difference);
}
