import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Matches two samples of equal size by rank: the k-th smallest of `values` with the k-th smallest of `partners`.
 *
 * A product with a permutation matrix, because that has a gradient on every back end (sorting has none). Equal numbers share
 * their ranks, and what has these ranks in equal parts, so that the order of rows does not matter. The matching itself is constant.
 *
 * @returns for each entry of `values` the entry of `partners` that has its rank, or the mean of those that do, [batch]
 */
export function matchByRank(values: Tensor1D, partners: Tensor1D): Tensor1D {
  return tf.tidy(
    () =>
      tf.customGrad((...given) => {
        const [own, other, save] = given as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
        const shares = sharesOf(own, other);
        save([shares]);
        return {
          value: mix(shares, other),
          gradFunc: (upstream: tf.Tensor, [saved]: tf.Tensor[]) => [
            tf.zerosLike(upstream),
            mix(tf.transpose(saved as tf.Tensor), upstream),
          ],
        };
      })(values, partners) as Tensor1D,
  );
}

/** The parts of all values that each row takes; a choice before the product, since 0·∞ would be NaN in all rows. */
function mix(shares: tf.Tensor, values: tf.Tensor): tf.Tensor {
  const all = tf.tile(tf.reshape(values, [1, -1]), [values.size, 1]);
  return tf.sum(tf.mul(shares, tf.where(tf.greater(shares, 0), all, 0)), 1);
}

/**
 * How much of each partner each value takes, [rows, rows]: the overlap of their ranks, in equal parts among equal numbers. Without
 * equal numbers it is a permutation matrix.
 */
function sharesOf(values: tf.Tensor, partners: tf.Tensor): tf.Tensor {
  const own = ranksOf(values, [-1, 1]);
  const other = ranksOf(partners, [1, -1]);
  const overlap = tf.relu(tf.sub(tf.minimum(own.end, other.end), tf.maximum(own.start, other.start)));
  return tf.div(overlap, tf.mul(tf.sub(own.end, own.start), tf.sub(other.end, other.start)));
}

/** The ranks that each number and those equal to it take, from `start` to before `end`. */
function ranksOf(values: tf.Tensor, shape: [number, number]): { start: tf.Tensor; end: tf.Tensor } {
  const own = tf.reshape(values, [-1, 1]);
  const other = tf.reshape(values, [1, -1]);
  const count = (which: tf.Tensor): tf.Tensor => tf.reshape(tf.sum(tf.cast(which, 'float32'), 1), shape);
  return { start: count(tf.less(other, own)), end: count(tf.lessEqual(other, own)) };
}
