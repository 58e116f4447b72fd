import type * as tf from '@tensorflow/tfjs-core';

/** GELU by the error function or by the hyperbolic tangent, and SiLU (swish). Kernels compute the first in scaled form, u·(1 + erf u). */
export type ActivationName = 'gelu' | 'gelu-tanh' | 'silu';

/** x̂ and 1/√(mean square + ε) of each row, [rows, 1]. */
export type NormalizedRows = { values: tf.Tensor2D; inverseDeviation: tf.Tensor2D };

/** A norm together with what is around it: fewer passes over memory. */
export interface FusedNorms {
  /** x̂ of x, or of x + added; and γ ⊙ x̂ where there is a γ. */
  normalizeSum(
    x: tf.Tensor2D,
    added: tf.Tensor2D | undefined,
    gain: tf.Tensor1D | undefined,
    centered: boolean,
    epsilon: number,
  ): {
    readonly normalized: NormalizedRows;
    readonly sum?: tf.Tensor2D;
    readonly read?: tf.Tensor2D;
  };
  /**
   * From the parts of the gradient of γ ⊙ x̂, or of x̂, to that of x, plus the gradient that passes the norm by; and γ's.
   */
  normalizeSumGradient(
    parts: readonly tf.Tensor2D[],
    normalized: NormalizedRows,
    gain: tf.Tensor1D | undefined,
    residual: tf.Tensor2D | undefined,
    centered: boolean,
  ): { readonly input: tf.Tensor2D; readonly gain?: tf.Tensor1D };
}

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
  /** None where a norm is a kernel by itself. */
  readonly norms?: FusedNorms;
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
