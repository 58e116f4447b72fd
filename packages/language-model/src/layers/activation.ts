import * as tf from '@tensorflow/tfjs-core';
import { fusedKernels } from '../kernels/find-kernels.js';
import type { ActivationName } from '../kernels/fused-kernels.js';

export type { ActivationName };

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
  /** g(u) and g'(u), for where both are wanted; call it in a tidy. */
  withSlope(u: tf.Tensor2D): { readonly value: tf.Tensor2D; readonly slope: tf.Tensor2D };
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
  withSlope: (u) => ({ value: scaledGelu(u), slope: scaledGeluGradient(tf.onesLike(u), u) }),
};

/** √(2/π), and the cubic term's factor. */
const ROOT = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** ½h·(1 + tanh z) = h·σ(2z) with z = √(2/π)·(h + 0.044715·h³). */
const geluTanh: Activation = {
  into: 1,
  outOf: 1,
  forward: (h) =>
    fusedKernels()?.activate(h, 'gelu-tanh') ??
    tf.tidy(() => tf.mul(h, tf.sigmoid(doubledArgument(h, tf.square(h))))),
  backward: (gradient, h) =>
    fusedKernels()?.activateGradient(gradient, h, 'gelu-tanh') ??
    tf.tidy(() => tf.mul(gradient, geluTanh.withSlope(h).slope)),
  // g' = s + h·s·(1 − s)·2z', with s = σ(2z) and z' = √(2/π)·(1 + 3·0.044715·h²).
  withSlope: (h) => {
    const square = tf.square(h);
    const s = tf.sigmoid(doubledArgument(h, square)) as tf.Tensor2D;
    const ofArgument = tf.mul(h, tf.add(tf.mul(square, 6 * CUBIC * ROOT), 2 * ROOT));
    return { value: tf.mul(h, s), slope: tf.mul(s, tf.add(1, tf.mul(ofArgument, tf.sub(1, s)))) };
  },
};

function doubledArgument(h: tf.Tensor2D, square: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(h, tf.add(tf.mul(square, 2 * CUBIC * ROOT), 2 * ROOT));
}

/** h·σ(h) */
const silu: Activation = {
  into: 1,
  outOf: 1,
  forward: (h) => fusedKernels()?.activate(h, 'silu') ?? tf.tidy(() => tf.mul(h, tf.sigmoid(h))),
  backward: (gradient, h) =>
    fusedKernels()?.activateGradient(gradient, h, 'silu') ??
    tf.tidy(() => tf.mul(gradient, silu.withSlope(h).slope)),
  // g' = σ·(1 + h·(1 − σ)) = σ·(1 + h − g)
  withSlope: (h) => {
    const s = tf.sigmoid(h) as tf.Tensor2D;
    const value = tf.mul(h, s) as tf.Tensor2D;
    return { value, slope: tf.mul(s, tf.add(tf.sub(h, value), 1)) };
  },
};

export const activations: Readonly<Record<ActivationName, Activation>> = {
  gelu,
  'gelu-tanh': geluTanh,
  silu,
};

/** g(u) = u·(1 + erf u). */
export function scaledGelu(u: tf.Tensor2D): tf.Tensor2D {
  return fusedKernels()?.activate(u, 'gelu') ?? tf.tidy(() => tf.add(u, tf.mul(u, tf.erf(u))));
}

/** The gradient through `scaledGelu`: g'(u) = 1 + erf u + u·(2/√π)·exp(−u²). */
export function scaledGeluGradient(gradient: tf.Tensor2D, u: tf.Tensor2D): tf.Tensor2D {
  const fused = fusedKernels();
  if (fused) return fused.activateGradient(gradient, u, 'gelu');
  return tf.tidy(() => {
    // The factor 2/√π goes into the exponent, so that it costs no pass of its own.
    const density = tf.exp(tf.sub(Math.log(2 / Math.sqrt(Math.PI)), tf.square(u)));
    const slope = tf.add(tf.erf(u), tf.mul(u, density));
    return tf.add(gradient, tf.mul(gradient, slope));
  });
}
