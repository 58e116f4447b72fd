import * as tf from '@tensorflow/tfjs-core';
import type { ActivationName, FusedKernels } from './fused-kernels.js';
import { type KernelName, runWasmKernel } from './wasm-kernels.js';

/** The kernels of `kernels/index.as`. */
export const wasmFusedKernels: FusedKernels = {
  normalize(x, centered, epsilon) {
    const [rows, width] = x.shape;
    const [values, inverseDeviation] = runWasmKernel('normalize', {
      inputs: [x],
      outputs: [x.shape, [rows, 1]],
      arguments: ([from], [out, factors]) =>
        [from, rows, width, Number(centered), epsilon, out, factors] as number[],
    }) as [tf.Tensor2D, tf.Tensor2D];
    return { values, inverseDeviation };
  },
  normalizeGradient(gradient, { values, inverseDeviation }, centered) {
    const [rows, width] = gradient.shape;
    const [result] = runWasmKernel('normalizeGradient', {
      inputs: [gradient, values, inverseDeviation],
      outputs: [gradient.shape],
      arguments: ([g, x, r], [out]) => [g, x, r, rows, width, Number(centered), out] as number[],
    });
    return result as tf.Tensor2D;
  },
  activate(h, activation) {
    if (activation === 'gelu') return elementwise('gelu', [h]);
    // WASM's own sigmoid is as fast as a kernel would be.
    if (activation === 'silu') return tf.tidy(() => tf.mul(h, tf.sigmoid(h)));
    return elementwise('activate', [h], flagOf(activation));
  },
  activateGradient(gradient, h, activation) {
    if (activation === 'gelu') return elementwise('geluGradient', [gradient, h]);
    return elementwise('activateGradient', [gradient, h], flagOf(activation));
  },
  gate(h, up, activation) {
    if (activation === 'gelu') return tf.tidy(() => tf.mul(wasmFusedKernels.activate(h, activation), up));
    return elementwise('gate', [h, up], flagOf(activation));
  },
  gateGradient(gradient, h, up, activation) {
    if (activation === 'gelu') return gateGradientOfGelu(gradient, h, up);
    const { shape, size } = h;
    const [ofGate, ofUp, output] = runWasmKernel('gateGradient', {
      inputs: [gradient, h, up],
      outputs: [shape, shape, shape],
      arguments: (inputs, outputs) => [...inputs, ...outputs, size, flagOf(activation)],
    }) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    return { gate: ofGate, up: ofUp, output };
  },
  columnExponentials(x) {
    const [rows, columns] = x.shape;
    const [exponentials, highest, sums] = runWasmKernel('columnExponentials', {
      inputs: [x],
      outputs: [x.shape, [columns], [columns]],
      arguments: ([z], [out, most, total]) => [z, rows, columns, out, most, total] as number[],
    }) as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D];
    return { exponentials, highest, sums };
  },
};

/** A kernel of inputs of one shape: their places, the result's, how many numbers, and perhaps a flag. */
function elementwise(name: KernelName, inputs: readonly tf.Tensor2D[], ...flags: number[]): tf.Tensor2D {
  const [first] = inputs as readonly [tf.Tensor2D];
  const [result] = runWasmKernel(name, {
    inputs,
    outputs: [first.shape],
    arguments: (places, [out]) => [...places, out as number, first.size, ...flags],
  });
  return result as tf.Tensor2D;
}

/** How the kernels tell activations of the form h·σ(…) apart. */
function flagOf(activation: Exclude<ActivationName, 'gelu'>): 0 | 1 {
  return activation === 'gelu-tanh' ? 1 : 0;
}

/** The kernels have no gate by the error function: no model has one. */
function gateGradientOfGelu(
  gradient: tf.Tensor2D,
  h: tf.Tensor2D,
  up: tf.Tensor2D,
): ReturnType<FusedKernels['gateGradient']> {
  const value = wasmFusedKernels.activate(h, 'gelu');
  const product = tf.mul(gradient, up) as tf.Tensor2D;
  return {
    gate: wasmFusedKernels.activateGradient(product, h, 'gelu'),
    up: tf.mul(gradient, value),
    output: tf.mul(value, up),
  };
}
