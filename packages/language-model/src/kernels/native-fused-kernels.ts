import { runNativeKernel } from '@ais/runtime';
import type * as tf from '@tensorflow/tfjs-core';
import type { ActivationName, FusedKernels } from './fused-kernels.js';

/** `Activation` in `kernels.h`. */
const KINDS: Readonly<Record<ActivationName, number>> = { gelu: 0, 'gelu-tanh': 1, silu: 2 };

/** Operations that @ais/runtime adds to native TensorFlow. */
export const nativeFusedKernels: FusedKernels = {
  normalize(x, centered, epsilon) {
    const [values, inverseDeviation] = runNativeKernel('AisNormalize', [x], { centered, epsilon }, 2);
    return { values: values as tf.Tensor2D, inverseDeviation: inverseDeviation as tf.Tensor2D };
  },
  normalizeGradient(gradient, { values, inverseDeviation }, centered) {
    return only(
      runNativeKernel('AisNormalizeGradient', [gradient, values, inverseDeviation], { centered }, 1),
    );
  },
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
