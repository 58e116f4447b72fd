import type * as tf from '@tensorflow/tfjs-core';

/** GELU by the error function or by the hyperbolic tangent, and SiLU (swish). Kernels compute the first in scaled form, u·(1 + erf u). */
export type ActivationName = 'gelu' | 'gelu-tanh' | 'silu';

/** x̂ and 1/√(mean square + ε) of each row, [rows, 1]. */
export type NormalizedRows = { values: tf.Tensor2D; inverseDeviation: tf.Tensor2D };

/** Of each column: its highest number, exp of every number less that, and those exponentials' sum. */
export interface ColumnExponentials {
  /** [rows, columns] */
  readonly exponentials: tf.Tensor2D;
  /** [columns] */
  readonly highest: tf.Tensor1D;
  /** [columns] */
  readonly sums: tf.Tensor1D;
}

/**
 * What kernels of our own compute in one pass over memory, where operations of TensorFlow.js take several. The layers that
 * call them say what is computed, and compute it themselves where there are no kernels, with the same results up to float
 * error. Results are tensors of the current tidy.
 */
export interface FusedKernels {
  normalize(x: tf.Tensor2D, centered: boolean, epsilon: number): NormalizedRows;
  normalizeGradient(gradient: tf.Tensor2D, normalized: NormalizedRows, centered: boolean): tf.Tensor2D;
  activate(h: tf.Tensor2D, activation: ActivationName): tf.Tensor2D;
  activateGradient(gradient: tf.Tensor2D, h: tf.Tensor2D, activation: ActivationName): tf.Tensor2D;
  gate(h: tf.Tensor2D, up: tf.Tensor2D, activation: ActivationName): tf.Tensor2D;
  /** The gradients of both factors, and the product again. */
  gateGradient(
    gradient: tf.Tensor2D,
    h: tf.Tensor2D,
    up: tf.Tensor2D,
    activation: ActivationName,
  ): { readonly gate: tf.Tensor2D; readonly up: tf.Tensor2D; readonly output: tf.Tensor2D };
  columnExponentials(x: tf.Tensor2D): ColumnExponentials;
}
