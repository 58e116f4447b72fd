import * as tf from '@tensorflow/tfjs-core';
import { hasWasmKernels, runWasmKernel } from '../kernels/wasm-kernels.js';

/** GELU by the error function or by the hyperbolic tangent, and SiLU (swish). */
export type ActivationName = 'gelu' | 'gelu-tanh' | 'silu';

/**
 * f(h) = outOf · g(into · h). The two factors go into the weights around it, and `forward` computes g.
 */
export interface Activation {
  readonly into: number;
  readonly outOf: number;
  /** g(u) */
  forward(u: tf.Tensor2D): tf.Tensor2D;
  /** gradient ⊙ g'(u) */
  backward(gradient: tf.Tensor2D, u: tf.Tensor2D): tf.Tensor2D;
}

/**
 * GELU in scaled form: g(u) = u·(1 + erf u), so that gelu(h) = ½h·(1 + erf(h/√2)) = g(h/√2)/√2.
 *
 * The factors 1/√2 in the weights around it leave three passes.
 */
const gelu: Activation = {
  into: Math.SQRT1_2,
  outOf: Math.SQRT1_2,
  forward: scaledGelu,
  backward: scaledGeluGradient,
};

/** √(2/π), and the cubic term's factor. */
const ROOT = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** ½h·(1 + tanh z) = h·σ(2z) with z = √(2/π)·(h + 0.044715·h³). */
const geluTanh: Activation = {
  into: 1,
  outOf: 1,
  forward: (h) => tf.tidy(() => tf.mul(h, tf.sigmoid(doubledArgument(h, tf.square(h))))),
  // g' = s + h·s·(1 − s)·2z', with s = σ(2z) and z' = √(2/π)·(1 + 3·0.044715·h²).
  backward: (gradient, h) =>
    tf.tidy(() => {
      const square = tf.square(h);
      const s = tf.sigmoid(doubledArgument(h, square));
      const slope = tf.mul(h, tf.add(tf.mul(square, 6 * CUBIC * ROOT), 2 * ROOT));
      return tf.mul(gradient, tf.mul(s, tf.add(1, tf.mul(slope, tf.sub(1, s)))));
    }),
};

function doubledArgument(h: tf.Tensor2D, square: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(h, tf.add(tf.mul(square, 2 * CUBIC * ROOT), 2 * ROOT));
}

/** h·σ(h) */
const silu: Activation = {
  into: 1,
  outOf: 1,
  forward: (h) => tf.tidy(() => tf.mul(h, tf.sigmoid(h))),
  // g' = σ·(1 + h·(1 − σ))
  backward: (gradient, h) =>
    tf.tidy(() => {
      const s = tf.sigmoid(h);
      return tf.mul(gradient, tf.mul(s, tf.add(1, tf.mul(h, tf.sub(1, s)))));
    }),
};

export const activations: Readonly<Record<ActivationName, Activation>> = {
  gelu,
  'gelu-tanh': geluTanh,
  silu,
};

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
