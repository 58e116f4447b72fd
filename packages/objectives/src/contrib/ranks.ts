import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from '../numerics/detach.js';

/** Rows up to which a matrix of all pairs of them is made: few batches have more, and evaluations over all pairs many more. */
const MOST_ROWS = 512;

/**
 * Matches two samples of equal size by rank: the k-th smallest of `values` with the k-th smallest of `partners`.
 *
 * Equal numbers share their ranks, and what has these ranks in equal parts, so that the order of rows does not matter. The matching itself
 * is constant. Larger samples are sorted, which takes memory for the rows alone; the digits are the same unless three or more are equal.
 *
 * @param mostRows rows above which samples are sorted
 * @returns for each entry of `values` the entry of `partners` that has its rank, or the mean of those that do, [batch]
 */
export function matchByRank(values: Tensor1D, partners: Tensor1D, mostRows: number = MOST_ROWS): Tensor1D {
  return values.size > mostRows ? matchSorted(values, partners) : matchInMatrix(values, partners);
}

/** A product with a permutation matrix, whose gradient TensorFlow.js has on every back end. */
function matchInMatrix(values: Tensor1D, partners: Tensor1D): Tensor1D {
  const shares = withoutGradient([values, partners], sharesOf);
  const all = tf.tile(tf.expandDims(partners, 0), [values.size, 1]);
  // A choice before the product, since 0·∞ would be NaN in all rows.
  return tf.sum(tf.mul(shares, tf.where(tf.cast(tf.ceil(shares), 'bool'), all, 0)), 1);
}

/**
 * With P_u and P_v the permutations that sort the values and the partners, and G_u and G_v the means over equal ones, the match is
 * P_uᵀ·G_u·G_v·P_v·v, and its gradient P_vᵀ·G_v·G_u·P_u times that of what follows: sorting has none, and needs none.
 */
function matchSorted(values: Tensor1D, partners: Tensor1D): Tensor1D {
  const match = tf.customGrad((own, others, save) => {
    const [u, v] = [sorted(own as tf.Tensor), sorted(others as tf.Tensor)];
    (save as tf.GradSaveFunc)([...u, ...v]);
    // G_v changes nothing here: equal partners are equal to their mean.
    const value = putBack(meanOfEqual(tf.gather(others as Tensor1D, v[0]), u[1]), u[0]);
    return {
      value,
      gradFunc: (upstream: Tensor1D, saved: tf.Tensor[]) => {
        const [orderOfU, groupOfU, orderOfV, groupOfV] = saved as [Tensor1D, Tensor1D, Tensor1D, Tensor1D];
        const ofRanks = meanOfEqual(tf.gather(upstream, orderOfU), groupOfU);
        return [tf.zeros([upstream.size]), putBack(meanOfEqual(ofRanks, groupOfV), orderOfV)];
      },
    };
  });
  return tf.tidy(() => match(values, partners) as Tensor1D);
}

/** Where each number stands in the sample, the largest first, and the number of its group: of those that are equal. */
function sorted(numbers: tf.Tensor): [order: Tensor1D, group: Tensor1D] {
  const { values, indices } = tf.topk(numbers, numbers.size);
  const isNext = tf.notEqual(tf.slice(values, 1), tf.slice(values, 0, numbers.size - 1));
  const group = tf.cumsum(tf.pad(tf.cast(isNext, 'float32'), [[1, 0]]));
  return [tf.cast(indices, 'int32'), tf.cast(group, 'int32')] as [Tensor1D, Tensor1D];
}

/** The mean of those in a group, for each of them. */
function meanOfEqual(numbers: Tensor1D, group: Tensor1D): Tensor1D {
  const sums = putBack(numbers, group);
  return tf.gather(tf.div<Tensor1D>(sums, putBack(tf.onesLike(numbers), group)), group);
}

/** Puts numbers at places, where several add up. */
function putBack(numbers: Tensor1D, places: Tensor1D): Tensor1D {
  return tf.scatterND<tf.Rank.R1>(tf.reshape(places, [-1, 1]), numbers, [numbers.size]);
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
