import * as tf from '@tensorflow/tfjs-core';
import { fusedKernels } from '../kernels/find-kernels.js';
import { type ActivationName, activations } from './activation.js';

/** f(gate) ⊙ up, [n, intermediate]: SwiGLU with SiLU, GeGLU with GELU. */
export function gated(gate: tf.Tensor2D, up: tf.Tensor2D, activation: ActivationName): tf.Tensor2D {
  return (
    fusedKernels()?.gate(gate, up, activation) ??
    tf.tidy(() => tf.mul(activations[activation].forward(gate), up))
  );
}

/** The gradient through `gated`, into both of its inputs, and what it gave: made again rather than kept. */
export function gatedGradient(
  gradient: tf.Tensor2D,
  gate: tf.Tensor2D,
  up: tf.Tensor2D,
  activation: ActivationName,
): { readonly gate: tf.Tensor2D; readonly up: tf.Tensor2D; readonly output: tf.Tensor2D } {
  const fused = fusedKernels();
  if (fused) return fused.gateGradient(gradient, gate, up, activation);
  const [ofGate, ofUp, output] = tf.tidy(() => {
    const { value, slope } = activations[activation].withSlope(gate);
    return [tf.mul(tf.mul(gradient, up), slope), tf.mul(gradient, value), tf.mul(value, up)];
  }) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  return { gate: ofGate, up: ofUp, output };
}
