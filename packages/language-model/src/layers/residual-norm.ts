import * as tf from '@tensorflow/tfjs-core';
import { fusedKernels } from '../kernels/find-kernels.js';
import { type Normalized, type NormPlan, normalize, normalizeGradient } from './norm.js';

/** Whether a norm, its γ, and the additions around it are one kernel. */
export const hasFusedNorms = (): boolean => fusedKernels()?.norms !== undefined;

/** What is read by the layers after a norm: x̂ where γ is in their weights, else γ ⊙ x̂. */
export function normalizedInput(values: tf.Tensor2D, gain: tf.Tensor1D | undefined): tf.Tensor2D {
  return gain === undefined ? values : tf.mul(values, gain);
}

/**
 * Adds to the residual stream, if there is something to add, and normalizes the sum.
 *
 * @param gain γ, where it is not in the weights of the layers that read the norm's output
 */
export function normalizeSum(
  x: tf.Tensor2D,
  added: tf.Tensor2D | undefined,
  { kind, epsilon }: Pick<NormPlan, 'kind' | 'epsilon'>,
  gain: tf.Tensor1D | undefined,
): { readonly sum: tf.Tensor2D; readonly normalized: Normalized; readonly read: tf.Tensor2D } {
  const norms = fusedKernels()?.norms;
  if (norms) {
    const { sum = x, normalized, read } = norms.normalizeSum(x, added, gain, kind === 'layer', epsilon);
    return { sum, normalized, read: read ?? normalized.values };
  }
  const sum = added ? (tf.add(x, added) as tf.Tensor2D) : x;
  const normalized = normalize(sum, { kind, epsilon });
  return { sum, normalized, read: normalizedInput(normalized.values, gain) };
}

/** The gradient of what the layers after a norm read: parts that are yet to be added up. */
export interface ReadGradient {
  readonly parts: readonly tf.Tensor2D[];
  /** γ, where the parts are the gradient of γ ⊙ x̂; without it they are that of x̂. */
  readonly gain?: tf.Tensor1D | undefined;
}

/**
 * The gradient of `normalizeSum`, into the residual stream, and that of γ where the parts wait for it.
 *
 * @param residual the gradient that passes the norm by
 */
export function normalizeSumGradient(
  { parts, gain }: ReadGradient,
  normalized: Normalized,
  kind: NormPlan['kind'],
  residual: tf.Tensor2D,
): { readonly input: tf.Tensor2D; readonly gain?: tf.Tensor1D | undefined } {
  const norms = fusedKernels()?.norms;
  if (norms) return norms.normalizeSumGradient(parts, normalized, gain, residual, kind === 'layer');
  return {
    input: tf.tidy(() => tf.add(normalizeGradient(sumOfParts(parts), normalized, kind), residual)),
  };
}

/** Some tensors' sum; the tensor itself if it is the only one. */
export function sumOfParts(parts: readonly tf.Tensor2D[]): tf.Tensor2D {
  return parts.length === 1 ? (parts[0] as tf.Tensor2D) : tf.addN([...parts]);
}
