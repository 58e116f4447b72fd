import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { elementwise } from './elementwise.js';

/**
 * σ(x), derivative σ(x)·σ(−x).
 *
 * The tape takes σ·(1 − σ), which loses the digits of small 1 − σ: 2 % of the derivative at x = 15, and all of it from x = 17.
 *
 * @param x [batch]
 * @returns [batch]
 * @example
 * const slope = tf.grad((x) => sigmoid(x as tf.Tensor1D))(tf.tensor1d([20]));
 * slope.print(); // 2.0611537e-9, and not 0
 */
export const sigmoid: (x: Tensor1D) => Tensor1D = /* @__PURE__ */ elementwise(
  (x) => tf.sigmoid(x),
  (x) => tf.mul(tf.sigmoid(x), tf.sigmoid(tf.neg(x))),
);
