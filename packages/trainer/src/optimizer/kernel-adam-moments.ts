import { runNativeKernel } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import type { AdamConstants, AdamMoments } from './adam-moments.js';

/**
 * Moments that an operation of our own moves on, with the parameter, on native TensorFlow: it reads each number once, and
 * writes the moments where they are. The parameter's new value is a tensor of its own, for others may hold the old one.
 */
export function kernelAdamMoments(variable: tf.Variable): AdamMoments {
  let gradientAverage: tf.Tensor = tf.keep(tf.zerosLike(variable));
  let squareAverage: tf.Tensor = tf.keep(tf.zerosLike(variable));
  // TensorFlow.js may hand an array's own memory to TensorFlow.
  const stored = (values: Float32Array): tf.Tensor =>
    tf.keep(tf.tensor(values.slice(), variable.shape, 'float32'));
  return {
    update(gradient, constants) {
      const value = tf.tidy(
        () =>
          runNativeKernel(
            'AisAdamW',
            [variable, gradient, gradientAverage, squareAverage, tf.tensor1d(kernelConstants(constants))],
            {},
            1,
          )[0] as tf.Tensor,
      );
      variable.assign(value);
      value.dispose();
    },
    async read() {
      const [average, square] = await Promise.all([
        gradientAverage.data<'float32'>(),
        squareAverage.data<'float32'>(),
      ]);
      return { gradientAverage: average, squareAverage: square };
    },
    write(gradients, squares) {
      tf.dispose([gradientAverage, squareAverage]);
      gradientAverage = stored(gradients);
      squareAverage = stored(squares);
    },
    dispose: () => tf.dispose([gradientAverage, squareAverage]),
  };
}

/** `AdamWConstants` in `kernels.h`. */
export function kernelConstants(constants: AdamConstants): number[] {
  const { beta1, beta2, gradientScale, keep, rate, epsilon } = constants;
  return [beta1, 1 - beta1, beta2, 1 - beta2, gradientScale, keep, rate, epsilon];
}
