import * as tf from '@tensorflow/tfjs-core';
import { tensorsOf, withTensors } from '../layers/memory.js';
import type { NamedTensors } from '../layers/parameters.js';

/** A function of the parameters with its gradient written by hand. */
export interface Differentiable<T extends tf.Tensor, Memory> {
  /** The value, and with `keep` what `backward` reads. */
  forward(keep: boolean): { readonly value: T; readonly memory: Memory };
  /** From the value's gradient to the parameters', by name; a parameter without a gradient has none. */
  backward(gradient: T, memory: Memory): Readonly<Record<string, tf.Tensor>>;
}

/**
 * Calls a function that TensorFlow.js can differentiate in its parameters, as one node of its tape.
 *
 * Where nothing is being differentiated, nothing is kept.
 */
export function callDifferentiable<T extends tf.Tensor, Memory>(
  parameters: NamedTensors,
  differentiable: Differentiable<T, Memory>,
): T {
  return tf.tidy(() => {
    if (tf.engine().state.gradientDepth === 0) return differentiable.forward(false).value;
    const names = [...parameters.keys()];
    const call = tf.customGrad((...inputs: (tf.Tensor | tf.GradSaveFunc)[]) => {
      const save = inputs[inputs.length - 1] as tf.GradSaveFunc;
      const { value, memory } = differentiable.forward(true);
      save(tensorsOf(memory));
      return {
        value,
        gradFunc: (gradient: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] =>
          tf.tidy(() => {
            const gradients = differentiable.backward(gradient as T, withTensors(memory, saved));
            return names.map((name) => gradients[name] ?? tf.zerosLike(parameters.get(name) as tf.Tensor));
          }),
      };
    });
    return call(...parameters.values()) as T;
  });
}
