import { hasWasmKernels, runWasmKernel } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';

/** Some of the rows of a matrix, by index; each at most once. */
export interface RowSelection {
  readonly indices: Int32Array;
  /** Rows of the whole matrix. */
  readonly total: number;
}

/** The selected rows, [total, d] → [selected, d]; all of them if there is no selection. */
export function selectRows(x: tf.Tensor2D, selection: RowSelection | undefined): tf.Tensor2D {
  if (selection === undefined) return tf.clone(x);
  return takeRows(x, selection.indices);
}

/** Rows of a matrix that lie one after another. */
export function sliceRows(x: tf.Tensor2D, from: number, count: number): tf.Tensor2D {
  const [rows, width] = x.shape;
  if (count === rows) return tf.clone(x);
  if (!hasWasmKernels()) return tf.slice(x, [from, 0], [count, -1]);
  const [result] = runWasmKernel('copy', {
    inputs: [x],
    outputs: [[count, width]],
    items: count * width,
    grain: 4096,
    arguments: ([start], [out]) => [(start as number) + 4 * from * width, out as number],
  });
  return result as tf.Tensor2D;
}

/** Row i of the result is row indices[i] of x; an index may come more than once. */
export function takeRows(x: tf.Tensor2D, indices: Int32Array): tf.Tensor2D {
  return tf.tidy(() => {
    const at = tf.tensor1d(indices, 'int32');
    if (!hasWasmKernels()) return tf.gather(x, at);
    const [result] = runWasmKernel('gatherRows', {
      inputs: [x, at],
      outputs: [[indices.length, x.shape[1]]],
      items: indices.length,
      arguments: ([from, rows], [out]) => [from, rows, x.shape[1], out] as number[],
    });
    return result as tf.Tensor2D;
  });
}

/** The gradient of `selectRows`: rows that were not selected are 0. */
export function selectRowsGradient(gradient: tf.Tensor2D, selection: RowSelection | undefined): tf.Tensor2D {
  if (selection === undefined) return tf.clone(gradient);
  return addUpRows(gradient, selection.indices, selection.total);
}

/** Row i of the result is the sum of the given rows whose index is i: an embedding's gradient. */
export function addUpRows(rows: tf.Tensor2D, indices: Int32Array, total: number): tf.Tensor2D {
  return tf.tidy(() => {
    // scatterND adds up duplicates on every back end, and unlike unsortedSegmentSum WASM has it.
    const at = tf.tensor2d(indices, [indices.length, 1], 'int32');
    return tf.scatterND(at, rows, [total, rows.shape[1]]) as tf.Tensor2D;
  });
}

/** The matrix with rows added to some of its own: row indices[i] gets rows[i], an index may come more than once. */
export function addToRows(matrix: tf.Tensor2D, indices: Int32Array, rows: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const distinct = Int32Array.from(new Set(indices));
    const place = new Map(Array.from(distinct, (index, order) => [index, order]));
    const added = addUpRows(
      rows,
      indices.map((index) => place.get(index) as number),
      distinct.length,
    );
    // Only the rows in question are computed; all others are copied.
    return tf.tensorScatterUpdate(
      matrix,
      tf.tensor2d(distinct, [distinct.length, 1], 'int32'),
      tf.add(takeRows(matrix, distinct), added),
    ) as tf.Tensor2D;
  });
}
