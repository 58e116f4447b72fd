import { runNativeKernel } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Puts rows in the place of some of a matrix's own, in its memory, on native TensorFlow with our kernels: nothing else may
 * hold the matrix, a clone or a reshaped one among them.
 *
 * @param indices each at most once
 */
export function setRows(matrix: tf.Tensor2D, indices: Int32Array, rows: tf.Tensor2D): void {
  run('AisSetRows', matrix, indices, rows);
}

/** Adds rows to some of a matrix's own in the same way; an index may come more than once. */
export function addRows(matrix: tf.Tensor2D, indices: Int32Array, rows: tf.Tensor2D): void {
  run('AisAddRows', matrix, indices, rows);
}

function run(name: string, matrix: tf.Tensor2D, indices: Int32Array, rows: tf.Tensor2D): void {
  const at = tf.tensor1d(indices, 'int32');
  runNativeKernel(name, [matrix, at, rows], {}, 0);
  at.dispose();
}
