import * as tf from '@tensorflow/tfjs-core';
import { sumOfRows, transposedProduct } from '../kernels/matrix-products.js';
import { hasWasmKernels, runWasmKernel } from '../kernels/wasm-kernels.js';

/** x̂ = (x − mean x) / √(var x + ε), row by row, and the factor 1/√(var x + ε), [rows, 1]. */
export interface Normalized {
  readonly values: tf.Tensor2D;
  readonly inverseDeviation: tf.Tensor2D;
}

/** Normalizes each row to mean 0 and variance 1: the part of LayerNorm before its scale γ and shift β. */
export function normalize(x: tf.Tensor2D, epsilon: number): Normalized {
  if (hasWasmKernels()) {
    const [rows, width] = x.shape;
    const [values, inverseDeviation] = runWasmKernel('normalize', {
      inputs: [x],
      outputs: [x.shape, [rows, 1]],
      arguments: ([from], [out, factors]) => [from, rows, width, epsilon, out, factors] as number[],
    }) as [tf.Tensor2D, tf.Tensor2D];
    return { values, inverseDeviation };
  }
  const centered = tf.tidy(() => tf.sub(x, tf.mean(x, 1, true)));
  const inverseDeviation = tf.tidy(() =>
    tf.rsqrt(tf.add(tf.mean(tf.square(centered), 1, true), epsilon)),
  ) as tf.Tensor2D;
  const values = tf.mul(centered, inverseDeviation) as tf.Tensor2D;
  centered.dispose();
  return { values, inverseDeviation };
}

/**
 * The gradient through `normalize`.
 *
 * With x̂ = (x − μ)·r, r = (σ² + ε)^−½ and g = ∂L/∂x̂ over d columns: ∂r/∂x = −r²·x̂/d and the mean subtracts
 * from every column alike, which gives ∂L/∂x = r·(g − mean g − x̂·mean(g ⊙ x̂)).
 */
export function normalizeGradient(gradient: tf.Tensor2D, normalized: Normalized): tf.Tensor2D {
  if (hasWasmKernels()) {
    const [rows, width] = gradient.shape;
    const [result] = runWasmKernel('normalizeGradient', {
      inputs: [gradient, normalized.values, normalized.inverseDeviation],
      outputs: [gradient.shape],
      arguments: ([g, x, r], [out]) => [g, x, r, rows, width, out] as number[],
    });
    return result as tf.Tensor2D;
  }
  return tf.tidy(() => {
    const { values, inverseDeviation } = normalized;
    const alongValues = tf.mul(values, tf.mean(tf.mul(gradient, values), 1, true));
    const remaining = tf.sub(tf.sub(gradient, tf.mean(gradient, 1, true)), alongValues);
    return tf.mul(remaining, inverseDeviation) as tf.Tensor2D;
  });
}

/** The parameters of a LayerNorm and of the linear layer that reads its output. */
export interface NormalizedLinear {
  /** γ and β, [d]. */
  readonly gain: tf.Tensor1D;
  readonly shift: tf.Tensor1D;
  /** W [m, d] and c [m]; no c where the layer has no bias. */
  readonly weight: tf.Tensor2D;
  readonly bias?: tf.Tensor1D | undefined;
}

/**
 * The layer as a plain linear one of x̂: s·(W(γ ⊙ x̂ + β) + c) = W'x̂ + c' with W' = s·W·diag γ and c' = s·(W·β + c).
 *
 * The weights are far smaller than the activations: two passes over those less, and layers that share their input
 * share x̂.
 */
export function foldNorm(
  { gain, shift, weight, bias }: NormalizedLinear,
  factor = 1,
): { readonly weight: tf.Tensor2D; readonly bias: tf.Tensor1D } {
  const scale = <T extends tf.Tensor>(value: T): T => (factor === 1 ? value : tf.mul(value, factor));
  const shifted = tf.reshape(tf.matMul(weight, tf.reshape(shift, [-1, 1])), [-1]) as tf.Tensor1D;
  return {
    weight: tf.mul(weight, scale(gain)),
    bias: scale(bias === undefined ? shifted : (tf.add(shifted, bias) as tf.Tensor1D)),
  };
}

export interface NormalizedLinearGradient {
  readonly input: tf.Tensor2D;
  readonly gain: tf.Tensor1D;
  readonly shift: tf.Tensor1D;
  readonly weight: tf.Tensor2D;
  readonly bias: tf.Tensor1D;
}

/**
 * The gradients of s·(W(γ ⊙ x̂ + β) + c).
 *
 * With D = ∂L/∂output [n, m], G = s·Dᵀx̂ [m, d] and e = s·Dᵀ1 [m]:
 * ∂x̂ = D·(s·W·diag γ), ∂W = G·diag γ + e·βᵀ, ∂γ = Σ over rows of W ⊙ G, ∂β = Wᵀe, ∂c = e.
 */
export function normalizedLinearGradient(
  gradient: tf.Tensor2D,
  x: tf.Tensor2D,
  layer: NormalizedLinear,
  factor = 1,
): NormalizedLinearGradient {
  return tf.tidy(() => {
    const { gain, shift, weight } = layer;
    const scale = <T extends tf.Tensor>(value: T): T => (factor === 1 ? value : tf.mul(value, factor));
    const product = scale(transposedProduct(gradient, x));
    const bias = scale(sumOfRows(gradient));
    return {
      input: tf.matMul(gradient, tf.mul(weight, scale(gain)) as tf.Tensor2D) as tf.Tensor2D,
      gain: sumOfRows(tf.mul(weight, product) as tf.Tensor2D),
      shift: tf.reshape(tf.matMul(tf.reshape(bias, [1, -1]) as tf.Tensor2D, weight), [-1]) as tf.Tensor1D,
      weight: tf.add(
        tf.mul(product, gain),
        tf.mul(tf.reshape(bias, [-1, 1]), tf.reshape(shift, [1, -1])),
      ) as tf.Tensor2D,
      bias,
    };
  });
}
