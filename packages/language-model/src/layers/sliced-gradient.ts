import { hasNativeKernels } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { addToRows } from '../batch/row-selection.js';
import { addRows, setRows } from '../kernels/rows-in-place.js';

/** A matrix's gradient that is computed a slice of rows at a time, from the first row on. */
export interface SlicedGradient {
  /** Takes the next rows over. */
  append(rows: tf.Tensor2D): void;
  /** The whole matrix, with rows added to some of its own; an index may come more than once. */
  finish(indices: Int32Array, rows: tf.Tensor2D): tf.Tensor2D;
}

/** Call it in a tidy. Where kernels of ours can write in place, the matrix is in memory once, elsewhere three times. */
export function slicedGradient(like: tf.Tensor2D): SlicedGradient {
  return hasNativeKernels() ? inPlace(like) : joinedAtTheEnd();
}

function inPlace(like: tf.Tensor2D): SlicedGradient {
  let matrix: tf.Tensor2D | undefined;
  let next = 0;
  return {
    append(rows) {
      const count = rows.shape[0];
      if (count === like.shape[0]) {
        matrix = rows;
        return;
      }
      matrix ??= tf.zerosLike(like);
      const first = next;
      setRows(
        matrix,
        Int32Array.from({ length: count }, (_, index) => first + index),
        rows,
      );
      next += count;
      rows.dispose();
    },
    finish(indices, rows) {
      const whole = matrix ?? tf.zerosLike(like);
      addRows(whole, indices, rows);
      return whole;
    },
  };
}

function joinedAtTheEnd(): SlicedGradient {
  const slices: tf.Tensor2D[] = [];
  return {
    append(rows) {
      slices.push(rows);
    },
    finish(indices, rows) {
      const whole = tf.tidy(() => addToRows(tf.concat(slices, 0), indices, rows));
      tf.dispose(slices);
      return whole;
    },
  };
}
