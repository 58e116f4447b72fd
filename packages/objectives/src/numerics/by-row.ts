import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { TokenRows } from '../contract/batch.js';
import { withoutGradient } from './detach.js';

/**
 * One sum per row from one value per token: result[b] = Σ of the values whose row is b.
 *
 * @param values [tokens]
 * @param rows the row that each token belongs to, [tokens]
 * @param batch the number of rows
 * @returns [batch]; differentiable in the values
 * @example
 * sumByRow(tf.tensor1d([1, 2, 4]), tf.tensor1d([0, 0, 1], 'int32'), 2).print(); // [3, 4]
 */
export function sumByRow(values: Tensor1D, rows: TokenRows, batch: number): Tensor1D {
  // Written by hand: scatterND adds up duplicates on every back end but has no gradient, and WASM lacks unsortedSegmentSum.
  return differentiable(values, rows, (x, at) => scatter(x, at, batch), take);
}

/**
 * One value per token from one value per row: result[t] = values[rows[t]].
 *
 * @param values [batch]
 * @param rows the row that each token belongs to, [tokens]
 * @returns [tokens]; differentiable in the values
 * @example
 * takeByRow(tf.tensor1d([3, 4]), tf.tensor1d([0, 0, 1], 'int32')).print(); // [3, 3, 4]
 */
export function takeByRow(values: Tensor1D, rows: TokenRows): Tensor1D {
  return differentiable(values, rows, take, (upstream, at) => scatter(upstream, at, values.size));
}

/**
 * Where each token stands in its response, counted from 0, [tokens].
 *
 * @param rows the row that each token belongs to, [tokens]
 * @param lengths tokens of each row, [batch]
 * @returns [tokens], a constant
 * @example
 * tokenPositions(tf.tensor1d([0, 0, 1], 'int32'), tf.tensor1d([2, 1])).print(); // [0, 1, 0]
 */
export function tokenPositions(rows: TokenRows, lengths: Tensor1D): Tensor1D {
  return withoutGradient([lengths], (of) => {
    const starts = tf.cumsum<Tensor1D>(of as Tensor1D, 0, true);
    return tf.sub<Tensor1D>(tf.range(0, rows.size), take(starts, rows));
  });
}

const take = (values: Tensor1D, rows: TokenRows): Tensor1D => tf.gather(values, rows);
const scatter = (values: Tensor1D, rows: TokenRows, batch: number): Tensor1D =>
  tf.scatterND<tf.Rank.R1>(tf.reshape(rows, [-1, 1]), values, [batch]);

/** A linear function of values with the transposed function for its gradient. */
function differentiable(
  values: Tensor1D,
  rows: TokenRows,
  forward: (values: Tensor1D, rows: TokenRows) => Tensor1D,
  backward: (upstream: Tensor1D, rows: TokenRows) => Tensor1D,
): Tensor1D {
  return tf.tidy(
    () =>
      tf.customGrad((x, save) => {
        (save as tf.GradSaveFunc)([rows]);
        return {
          value: forward(x as Tensor1D, rows),
          gradFunc: (upstream: Tensor1D, [at]: tf.Tensor[]) => backward(upstream, at as TokenRows),
        };
      })(values) as Tensor1D,
  );
}
