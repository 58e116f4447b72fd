import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** 1 where two samples share a group, [batch, batch]. */
function together(group: tf.Tensor): tf.Tensor {
  const rows = group.size;
  return tf.cast(tf.equal(tf.reshape(group, [rows, 1]), tf.reshape(group, [1, rows])), 'float32');
}

/** The sum of what each row has where two samples share a group: a choice, not a product, since 0·∞ would be NaN in all groups. */
function sumTogether(values: tf.Tensor, group: tf.Tensor): tf.Tensor {
  return tf.sum(tf.where(tf.cast(together(group), 'bool'), values, 0), 1);
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
  const variance = tf.divNoNan(groupSums(tf.square(centered), group), others);
  return tf.div(centered, tf.add(tf.sqrt(variance), 1e-4));
}

/** The sum of each group's values, at each of its samples. */
export function groupSums(values: tf.Tensor, group: tf.Tensor): Tensor1D {
  return sumTogether(tf.tile(tf.reshape(values, [1, -1]), [values.size, 1]), group) as Tensor1D;
}

function sumOfDifferences(values: tf.Tensor, group: tf.Tensor): tf.Tensor {
  const rows = values.size;
  const differences = tf.sub(tf.reshape(values, [rows, 1]), tf.reshape(values, [1, rows]));
  return sumTogether(differences, group);
}
