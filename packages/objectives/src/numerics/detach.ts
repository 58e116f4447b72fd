import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from './operations.js';

/**
 * What a function makes of its inputs, as a constant: gradients stop here, and the function's operations need none.
 *
 * TensorFlow.js has no stop-gradient op; what runs within `customGrad` is not on the tape, and the gradient given here
 * is zero. The scope around it disposes of the tensor that `customGrad` would leave behind.
 *
 * @example
 * const sign = withoutGradient([rewards], (x) => tf.sign(x)); // tf.sign has a gradient that is not wanted here
 * sign.print();
 */
export function withoutGradient<T extends Tensor>(
  inputs: readonly Tensor[],
  compute: (...inputs: Tensor[]) => T,
): T {
  return tf.tidy(
    () =>
      tf.customGrad((...given) => ({
        value: compute(...(given.slice(0, inputs.length) as Tensor[])),
        gradFunc: () => inputs.map((input) => tf.zeros(input.shape)),
      }))(...inputs) as T,
  );
}

/**
 * The same values as a constant: gradients stop here.
 *
 * @example
 * const gradient = tf.grad((x) => tf.mul(x, detach(x)))(tf.scalar(3));
 * gradient.print(); // 3, and not 6
 */
export function detach<T extends Tensor>(values: T): T {
  return withoutGradient([values], (x) => tf.clone(x) as T);
}
