import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from '../numerics/detach.js';

/**
 * Matches two samples of equal size by rank: the k-th smallest of `values` with the k-th smallest of `partners`.
 *
 * A product with a permutation matrix, because that has a gradient on every back end (sorting has none). Equal numbers share
 * their ranks, and what has these ranks in equal parts, so that the order of rows does not matter. The matching itself is constant.
 *
 * @returns for each entry of `values` the entry of `partners` that has its rank, or the mean of those that do, [batch]
 */
export function matchByRank(values: Tensor1D, partners: Tensor1D): Tensor1D {
  const shares = withoutGradient([values, partners], sharesOf);
  const all = tf.tile(tf.expandDims(partners, 0), [values.size, 1]);
  // A choice before the product, since 0·∞ would be NaN in all rows.
  return tf.sum(tf.mul(shares, tf.where(tf.cast(tf.ceil(shares), 'bool'), all, 0)), 1);
}

/**
 * How much of each partner each value takes, [rows, rows]: the overlap of their ranks, in equal parts among equal numbers. Without
 * equal numbers it is a permutation matrix.
 */
function sharesOf(values: tf.Tensor, partners: tf.Tensor): tf.Tensor {
  const [start, end] = ranksOf(values, [-1, 1]);
  const [first, last] = ranksOf(partners, [1, -1]);
  const overlap = tf.relu(tf.sub(tf.minimum(end, last), tf.maximum(start, first)));
  return tf.div(overlap, tf.mul(tf.sub(end, start), tf.sub(last, first)));
}

/** Where the ranks that each number and those equal to it take begin, and where they end. */
function ranksOf(values: tf.Tensor, shape: [number, number]): [tf.Tensor, tf.Tensor] {
  const own = tf.expandDims(values, 1);
  const other = tf.expandDims(values, 0);
  const count = (which: tf.Tensor): tf.Tensor => tf.reshape(tf.sum(tf.cast(which, 'float32'), 1), shape);
  return [count(tf.less(other, own)), count(tf.lessEqual(other, own))];
}
