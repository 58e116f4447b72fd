import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { withoutGradient } from '../numerics/detach.js';

/**
 * Matches two samples of equal size by rank: the k-th smallest of `values` with the k-th smallest of `partners`.
 *
 * A product with a permutation matrix, because that has a gradient on every back end (sorting has none);
 * equal numbers keep their order. The matching itself is constant.
 *
 * @returns for each entry of `values` the entry of `partners` that has its rank, [batch]
 */
export function matchByRank(values: Tensor1D, partners: Tensor1D): Tensor1D {
  const rows = values.size;
  const permutation = withoutGradient([values, partners], (own, other) => {
    const same = tf.equal(tf.reshape(ranks(own), [rows, 1]), tf.reshape(ranks(other), [1, rows]));
    return tf.cast(same, 'float32');
  });
  return tf.reshape(tf.matMul(permutation, tf.reshape(partners, [rows, 1])), [rows]);
}

function ranks(values: tf.Tensor): tf.Tensor {
  const rows = values.size;
  const own = tf.reshape(values, [rows, 1]);
  const other = tf.reshape(values, [1, rows]);
  const position = tf.range(0, rows);
  const earlier = tf.less(tf.reshape(position, [1, rows]), tf.reshape(position, [rows, 1]));
  const before = tf.logicalOr(tf.less(other, own), tf.logicalAnd(tf.equal(other, own), earlier));
  return tf.sum(tf.cast(before, 'float32'), 1);
}
