import * as tf from '@tensorflow/tfjs-core';

/**
 * The same values as a constant: gradients stop here.
 *
 * TensorFlow.js has no stop-gradient op, so this is an identity whose gradient is zero. The scope around it
 * disposes of the tensor that `customGrad` leaves behind otherwise.
 */
export function detach<T extends tf.Tensor>(values: T): T {
  return tf.tidy(
    () =>
      tf.customGrad((x) => ({
        value: tf.clone(x as T),
        gradFunc: (upstream: T) => tf.zerosLike(upstream),
      }))(values) as T,
  );
}
