import * as tf from '@tensorflow/tfjs-core';
import { hasWasmKernels, runWasmKernel } from '../kernels/wasm-kernels.js';

/**
 * GELU in scaled form: g(u) = u·(1 + erf u), so that gelu(h) = ½h·(1 + erf(h/√2)) = g(h/√2)/√2.
 *
 * Both factors 1/√2 go into the weights around it (`INTO_GELU`, `OUT_OF_GELU`), which leaves three passes.
 */
export const INTO_GELU: number = Math.SQRT1_2;
export const OUT_OF_GELU: number = Math.SQRT1_2;

/** g(u) = u·(1 + erf u), of any shape. */
export function scaledGelu(u: tf.Tensor2D): tf.Tensor2D {
  if (hasWasmKernels()) {
    const [result] = runWasmKernel('gelu', {
      inputs: [u],
      outputs: [u.shape],
      arguments: ([x], [out]) => [x, out, u.size] as number[],
    });
    return result as tf.Tensor2D;
  }
  return tf.tidy(() => tf.add(u, tf.mul(u, tf.erf(u))));
}

/** The gradient through `scaledGelu`: g'(u) = 1 + erf u + u·(2/√π)·exp(−u²). */
export function scaledGeluGradient(gradient: tf.Tensor2D, u: tf.Tensor2D): tf.Tensor2D {
  if (hasWasmKernels()) {
    const [result] = runWasmKernel('geluGradient', {
      inputs: [gradient, u],
      outputs: [u.shape],
      arguments: ([g, x], [out]) => [g, x, out, u.size] as number[],
    });
    return result as tf.Tensor2D;
  }
  return tf.tidy(() => {
    // The factor 2/√π goes into the exponent, so that it costs no pass of its own.
    const density = tf.exp(tf.sub(Math.log(2 / Math.sqrt(Math.PI)), tf.square(u)));
    const slope = tf.add(tf.erf(u), tf.mul(u, density));
    return tf.add(gradient, tf.mul(gradient, slope));
  });
}
