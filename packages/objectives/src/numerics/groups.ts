import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** 1 where two samples share a group, [batch, batch]. */
function together(group: tf.Tensor): tf.Tensor {
  const rows = group.size;
  return tf.cast(tf.equal(tf.reshape(group, [rows, 1]), tf.reshape(group, [1, rows])), 'float32');
}

/** How many other samples share each sample's group. */
export function countOthers(group: tf.Tensor): Tensor1D {
  return tf.sub(tf.sum(together(group), 1), 1);
}

/** Each value minus the mean of the others in its group, as a mean of differences: no large sums that cancel. */
export function leaveOneOut(values: tf.Tensor, group: tf.Tensor): Tensor1D {
  return tf.divNoNan(sumOfDifferences(values, group), countOthers(group)) as Tensor1D;
}

/** Each value minus the mean of its group, over the group's standard deviation (of a sample, n − 1) plus 1e-4, if asked for. */
export function groupAdvantages(values: tf.Tensor, group: tf.Tensor, scale: boolean): Tensor1D {
  const others = countOthers(group);
  const centered = tf.div<Tensor1D>(sumOfDifferences(values, group), tf.add(others, 1));
  if (!scale) return centered;
  const squares = tf.matMul(together(group) as tf.Tensor2D, tf.reshape(tf.square(centered), [-1, 1]));
  const variance = tf.divNoNan(tf.reshape(squares, [-1]), others);
  return tf.div(centered, tf.add(tf.sqrt(variance), 1e-4));
}

/** The sum of each group's values, at each of its samples. */
export function groupSums(values: tf.Tensor, group: tf.Tensor): Tensor1D {
  return tf.reshape(tf.matMul(together(group) as tf.Tensor2D, tf.reshape(values, [-1, 1])), [-1]);
}

function sumOfDifferences(values: tf.Tensor, group: tf.Tensor): tf.Tensor {
  const rows = values.size;
  const differences = tf.sub(tf.reshape(values, [rows, 1]), tf.reshape(values, [1, rows]));
  return tf.sum(tf.mul(together(group), differences), 1);
}
