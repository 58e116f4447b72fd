import * as tf from '@tensorflow/tfjs-core';
import { hasWasmKernels, runWasmKernel } from '../kernels/wasm-kernels.js';
import { type ActivationName, activations, kernelFlag } from './activation.js';

/** f(gate) ⊙ up, [n, intermediate]: SwiGLU with SiLU, GeGLU with GELU. */
export function gated(gate: tf.Tensor2D, up: tf.Tensor2D, activation: ActivationName): tf.Tensor2D {
  if (activation !== 'gelu' && hasWasmKernels()) {
    const [result] = runWasmKernel('gate', {
      inputs: [gate, up],
      outputs: [gate.shape],
      arguments: ([h, factor], [out]) => [h, factor, out, gate.size, kernelFlag(activation)] as number[],
    });
    return result as tf.Tensor2D;
  }
  return tf.tidy(() => tf.mul(activations[activation].forward(gate), up));
}

/** The gradient through `gated`, into both of its inputs, and what it gave: made again rather than kept. */
export function gatedGradient(
  gradient: tf.Tensor2D,
  gate: tf.Tensor2D,
  up: tf.Tensor2D,
  activation: ActivationName,
): { readonly gate: tf.Tensor2D; readonly up: tf.Tensor2D; readonly output: tf.Tensor2D } {
  if (activation !== 'gelu' && hasWasmKernels()) {
    const { shape, size } = gate;
    const [ofGate, ofUp, output] = runWasmKernel('gateGradient', {
      inputs: [gradient, gate, up],
      outputs: [shape, shape, shape],
      arguments: (inputs, outputs) => [...inputs, ...outputs, size, kernelFlag(activation)],
    }) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    return { gate: ofGate, up: ofUp, output };
  }
  const [ofGate, ofUp, output] = tf.tidy(() => {
    const { value, slope } = activations[activation].withSlope(gate);
    return [tf.mul(tf.mul(gradient, up), slope), tf.mul(gradient, value), tf.mul(value, up)];
  }) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  return { gate: ofGate, up: ofUp, output };
}
