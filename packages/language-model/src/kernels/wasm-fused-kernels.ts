import { runWasmKernel, type WasmKernelName } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import type { ActivationName, FusedKernels } from './fused-kernels.js';

/** Numbers that a thread takes at least, and what an exponential of one costs. */
const NUMBERS = 256;
const ELEMENTARY = 8;

/** The kernels of `@ais/runtime`. */
export const wasmFusedKernels: FusedKernels = {
  normalize(x, centered, epsilon) {
    const [rows, width] = x.shape;
    const [values, inverseDeviation] = runWasmKernel('normalize', {
      inputs: [x],
      outputs: [x.shape, [rows, 1]],
      items: rows,
      arguments: ([from], [out, factors]) =>
        [from, width, Number(centered), epsilon, out, factors] as number[],
    }) as [tf.Tensor2D, tf.Tensor2D];
    return { values, inverseDeviation };
  },
  normalizeGradient(gradient, { values, inverseDeviation }, centered) {
    const [rows, width] = gradient.shape;
    const [result] = runWasmKernel('normalizeGradient', {
      inputs: [gradient, values, inverseDeviation],
      outputs: [gradient.shape],
      items: rows,
      arguments: ([g, x, r], [out]) => [g, x, r, width, Number(centered), out] as number[],
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
      items: size,
      grain: NUMBERS,
      operations: ELEMENTARY * size,
      arguments: (inputs, outputs) => [...inputs, ...outputs, flagOf(activation)],
    }) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    return { gate: ofGate, up: ofUp, output };
  },
  columnExponentials(x) {
    const [rows, columns] = x.shape;
    const [exponentials, highest, sums] = runWasmKernel('columnExponentials', {
      inputs: [x],
      outputs: [x.shape, [columns], [columns]],
      items: columns,
      grain: 16,
      partsPerThread: 1,
      operations: ELEMENTARY * x.size,
      arguments: ([z], [out, most, total]) => [z, rows, columns, out, most, total] as number[],
    }) as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D];
    return { exponentials, highest, sums };
  },
};

/** A kernel of inputs of one shape: their places, the result's, and perhaps a flag. */
function elementwise(name: WasmKernelName, inputs: readonly tf.Tensor2D[], ...flags: number[]): tf.Tensor2D {
  const [first] = inputs as readonly [tf.Tensor2D];
  const [result] = runWasmKernel(name, {
    inputs,
    outputs: [first.shape],
    items: first.size,
    grain: NUMBERS,
    operations: ELEMENTARY * first.size,
    arguments: (places, [out]) => [...places, out as number, ...flags],
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
