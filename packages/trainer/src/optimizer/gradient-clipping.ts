import { hasNativeKernels, runNativeKernel } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import type { Gradients } from './adamw.js';

/**
 * The norm of all gradients taken as one vector, √Σ‖g‖².
 *
 * @returns a scalar, on the device, so that a caller can read it together with the loss
 * @example
 * console.log(globalNorm(new Map([['a', tf.tensor1d([3])], ['b', tf.tensor1d([4])]])).dataSync()[0]); // 5
 */
export function globalNorm(gradients: Gradients): tf.Scalar {
  const all = [...gradients.values()];
  if (all.length > 0 && hasNativeKernels()) {
    return runNativeKernel('AisGlobalNorm', all, { parts: all.length }, 1)[0] as tf.Scalar;
  }
  return tf.tidy(() => tf.sqrt(tf.addN(all.map((gradient) => tf.sum(tf.square(gradient)))))) as tf.Scalar;
}

/**
 * The factor that clips gradients of this norm to a maximal one: min(1, maximum / (norm + 1e-6)).
 *
 * @param norm the global norm before clipping
 * @param maximum the norm to clip to; no clipping by default
 * @example
 * console.log(clippingFactor(2, 1).toFixed(2), clippingFactor(0.5, 1)); // 0.50 1
 * @see `torch.nn.utils.clip_grad_norm_`, whose 1e-6 this keeps
 */
export function clippingFactor(norm: number, maximum?: number): number {
  return maximum === undefined ? 1 : Math.min(1, maximum / (norm + 1e-6));
}
