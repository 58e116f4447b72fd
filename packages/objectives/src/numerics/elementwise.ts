import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from './operations.js';

/**
 * Applies a function with the derivative given for it, element by element.
 *
 * A hand-written derivative stays finite where the chain rule through the function's parts would
 * multiply 0 by infinity.
 */
export function elementwise(
  value: (x: Tensor1D) => Tensor1D,
  derivative: (x: Tensor1D) => Tensor1D,
): (x: Tensor1D) => Tensor1D {
  return (values) =>
    tf.tidy(
      () =>
        tf.customGrad((x, save) => {
          (save as tf.GradSaveFunc)([x as Tensor1D]);
          return {
            value: value(x as Tensor1D),
            gradFunc: (upstream: Tensor1D, saved: tf.Tensor[]) =>
              tf.mul(upstream, derivative(saved[0] as Tensor1D)),
          };
        })(values) as Tensor1D,
    );
}
