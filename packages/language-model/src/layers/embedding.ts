import { hasNativeKernels } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { addUpRows, takeRows } from '../batch/row-selection.js';
import { addRows } from '../kernels/rows-in-place.js';
import type { Gradients } from './linear.js';
import { isTrained, type NamedTensors, parameter } from './parameters.js';

/** How tokens become the first block's input. */
export interface EmbeddingPlan {
  /** [vocabulary, hidden] */
  readonly tokens: string;
  /** Learned positions, [positions, hidden], added; none by default. */
  readonly positions?: string | undefined;
  /** What the tokens' rows are multiplied with; 1 by default. */
  readonly scale?: number | undefined;
}

/** scale · E[token] + P[position]: [n, hidden]. */
export function embed(
  parameters: NamedTensors,
  plan: EmbeddingPlan,
  tokens: Int32Array,
  positions: Int32Array,
): tf.Tensor2D {
  return tf.tidy(() => {
    const rows = takeRows(parameter<tf.Tensor2D>(parameters, plan.tokens), tokens);
    const scaled = plan.scale === undefined ? rows : (tf.mul(rows, plan.scale) as tf.Tensor2D);
    if (plan.positions === undefined) return scaled;
    const table = parameter<tf.Tensor2D>(parameters, plan.positions);
    return tf.add(scaled, takeRows(table, within(positions, table.shape[0]))) as tf.Tensor2D;
  });
}

/**
 * The gradient of `embed`, by parameter; none of those that rest.
 *
 * @param head the gradient of the same matrix as the output head, if it is one, to add to: it may be the result, changed
 */
export function embedGradient(
  gradient: tf.Tensor2D,
  parameters: NamedTensors,
  plan: EmbeddingPlan,
  tokens: Int32Array,
  positions: Int32Array,
  head?: tf.Tensor2D,
): Gradients {
  const rowsOf = (name: string): number => parameter<tf.Tensor2D>(parameters, name).shape[0];
  const gradients: Gradients = {};
  if (isTrained(parameters, plan.tokens)) {
    const scaled = plan.scale === undefined ? gradient : (tf.mul(gradient, plan.scale) as tf.Tensor2D);
    gradients[plan.tokens] = head
      ? addUpRowsOnto(head, scaled, tokens)
      : addUpRows(scaled, tokens, rowsOf(plan.tokens));
  }
  if (plan.positions !== undefined && isTrained(parameters, plan.positions)) {
    const count = rowsOf(plan.positions);
    gradients[plan.positions] = addUpRows(gradient, within(positions, count), count);
  }
  return gradients;
}

/** The matrix with each of the rows added to the one that its index names; in the matrix's own memory where a kernel can. */
function addUpRowsOnto(matrix: tf.Tensor2D, rows: tf.Tensor2D, indices: Int32Array): tf.Tensor2D {
  if (!hasNativeKernels()) return tf.tidy(() => tf.add(addUpRows(rows, indices, matrix.shape[0]), matrix));
  addRows(matrix, indices, rows);
  return matrix;
}

/** Padding may lie beyond the last position; nothing reads it. */
const within = (positions: Int32Array, count: number): Int32Array =>
  positions.map((position) => Math.min(position, count - 1));
