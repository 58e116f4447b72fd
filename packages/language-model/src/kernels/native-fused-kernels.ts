import { runNativeKernel } from '@ais/runtime';
import type * as tf from '@tensorflow/tfjs-core';
import type { ActivationName, FusedKernels, FusedNorms } from './fused-kernels.js';

/** `Activation` in `kernels.h`. */
const KINDS: Readonly<Record<ActivationName, number>> = { gelu: 0, 'gelu-tanh': 1, silu: 2 };

/** An activation as the operations' attribute says it. */
export const nativeActivation = (activation: ActivationName): number => KINDS[activation];

const norms: FusedNorms = {
  normalizeSum(x, added, gain, centered, epsilon) {
    const [values, inverseDeviation, sum, read] = runNativeKernel(
      'AisNormalize',
      [x, ...present(added), ...present(gain)],
      { centered, epsilon, added: count(added), gain: count(gain) },
      4,
    ) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    // Without something to add and without a gain they are empty.
    if (!added) sum.dispose();
    if (!gain) read.dispose();
    return { normalized: { values, inverseDeviation }, ...(added && { sum }), ...(gain && { read }) };
  },
  normalizeSumGradient(parts, { values, inverseDeviation }, gain, residual, centered) {
    const [input, ofGain] = runNativeKernel(
      'AisNormalizeGradient',
      [values, inverseDeviation, ...parts, ...present(gain), ...present(residual)],
      { centered, parts: parts.length, gain: count(gain), residual: count(residual) },
      2,
    ) as [tf.Tensor2D, tf.Tensor1D];
    if (!gain) ofGain.dispose();
    return { input, ...(gain && { gain: ofGain }) };
  },
};

/** Operations that @ais/runtime adds to native TensorFlow. */
export const nativeFusedKernels: FusedKernels = {
  norms,
  normalize: (x, centered, epsilon) =>
    norms.normalizeSum(x, undefined, undefined, centered, epsilon).normalized,
  normalizeGradient: (gradient, normalized, centered) =>
    norms.normalizeSumGradient([gradient], normalized, undefined, undefined, centered).input,
  activate(h, activation) {
    return only(runNativeKernel('AisActivate', [h], { kind: KINDS[activation] }, 1));
  },
  activateGradient(gradient, h, activation) {
    return only(runNativeKernel('AisActivateGradient', [gradient, h], { kind: KINDS[activation] }, 1));
  },
  gate(h, up, activation) {
    return only(runNativeKernel('AisGate', [h, up], { kind: KINDS[activation] }, 1));
  },
  gateGradient(gradient, h, up, activation) {
    const [ofGate, ofUp, output] = runNativeKernel(
      'AisGateGradient',
      [gradient, h, up],
      { kind: KINDS[activation] },
      3,
    ) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    return { gate: ofGate, up: ofUp, output };
  },
  columnExponentials(x) {
    const [exponentials, highest, sums] = runNativeKernel('AisColumnExponentials', [x], {}, 3) as [
      tf.Tensor2D,
      tf.Tensor1D,
      tf.Tensor1D,
    ];
    return { exponentials, highest, sums };
  },
};

function only(results: readonly tf.Tensor[]): tf.Tensor2D {
  return results[0] as tf.Tensor2D;
}

const present = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);
const count = (value: unknown): number => (value === undefined ? 0 : 1);
