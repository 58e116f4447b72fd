import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { elementwise } from './elementwise.js';
import { exponentialMinusOne } from './exponential-minus-one.js';

/** Log-probabilities nearer to 0 continue on the tangent, whose slope there is a million. */
const CERTAIN = -1e-6;

/**
 * log(P/(1 − P)) = x − log(1 − e^x) of a log-probability x = log P ≤ 0, derivative 1/(1 − P).
 *
 * Up to P = 1 − 1e-6; beyond, the tangent there, so that value and derivative stay finite at P = 1 and nothing goes flat.
 *
 * @param logProbability log P, at most 0, [batch]
 * @returns [batch]
 * @example
 * logOdds(tf.tensor1d([Math.log(0.75)])).print(); // log 3
 */
export const logOdds: (logProbability: Tensor1D) => Tensor1D = /* @__PURE__ */ elementwise(
  (x) => {
    const bounded = tf.minimum<Tensor1D>(x, CERTAIN);
    const odds = tf.sub(bounded, tf.log(tf.neg(exponentialMinusOne(bounded))));
    return tf.add(odds, tf.mul(slope(x), tf.sub(x, bounded)));
  },
  (x) => slope(x),
);

function slope(x: Tensor1D): Tensor1D {
  return tf.div(-1, exponentialMinusOne(tf.minimum<Tensor1D>(x, CERTAIN)));
}
