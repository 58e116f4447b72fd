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
  return tf.tidy(() => tf.sqrt(tf.addN(all.map((gradient) => sumOf(tf.square(gradient)))))) as tf.Scalar;
}

/** Values that WASM adds up at once: it adds to one float32, which loses digits with each term, and all terms from the 2²⁴th or so. */
const LONGEST_SUM = 2 ** 18;
/** Values of a row of what has no rows short enough. */
const ROW = 2 ** 10;

/** The sum of all values; on WASM that of a large tensor is the sum of its rows' sums. */
function sumOf(values: tf.Tensor): tf.Scalar {
  if (tf.getBackend() !== 'wasm' || values.size <= LONGEST_SUM) return tf.sum(values);
  const width = values.shape.at(-1) ?? 1;
  if (width > 1 && width <= LONGEST_SUM) return sumOf(tf.sum(values, -1));
  const rows = Math.ceil(values.size / ROW);
  const padded = tf.pad(tf.reshape(values, [-1]), [[0, rows * ROW - values.size]]);
  return sumOf(tf.sum(tf.reshape(padded, [rows, ROW]), 1));
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
