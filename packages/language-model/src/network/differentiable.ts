import * as tf from '@tensorflow/tfjs-core';
import { tensorsOf, withTensors } from '../layers/memory.js';
import { type NamedTensors, trainedParameters } from '../layers/parameters.js';

/** A function of the parameters with its gradient written by hand. */
export interface Differentiable<T extends tf.Tensor, Memory> {
  /** The value, and with `keep` what `backward` reads. */
  forward(keep: boolean): { readonly value: T; readonly memory: Memory };
  /** From the value's gradient to those of the trained parameters, by name; a parameter without a gradient has none. */
  backward(gradient: T, memory: Memory): Readonly<Record<string, tf.Tensor>>;
}

/**
 * Calls a function that TensorFlow.js can differentiate in its trained parameters, as one node of its tape.
 *
 * Where nothing is being differentiated, nothing is kept.
 */
export function callDifferentiable<T extends tf.Tensor, Memory>(
  parameters: NamedTensors,
  differentiable: Differentiable<T, Memory>,
): T {
  return tf.tidy(() => {
    const trained = trainedParameters(parameters);
    if (tf.engine().state.gradientDepth === 0 || trained.size === 0)
      return differentiable.forward(false).value;
    const call = tf.customGrad((...inputs: (tf.Tensor | tf.GradSaveFunc)[]) => {
      const save = inputs[inputs.length - 1] as tf.GradSaveFunc;
      const { value, memory } = differentiable.forward(true);
      save(tensorsOf(memory));
      return {
        value,
        gradFunc: (gradient: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] =>
          tf.tidy(() => {
            const gradients = differentiable.backward(gradient as T, withTensors(memory, saved));
            return Array.from(trained, ([name, value]) => gradients[name] ?? tf.zerosLike(value));
          }),
      };
    });
    return call(...trained.values()) as T;
  });
}
