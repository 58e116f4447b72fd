import * as tf from '@tensorflow/tfjs-core';
import { fusedKernels } from '../kernels/find-kernels.js';
import type { NormalizedRows } from '../kernels/fused-kernels.js';
import { sumOfRows } from '../kernels/matrix-products.js';
import type { Gradients } from './linear.js';
import { isTrained, type NamedTensors, parameter } from './parameters.js';

/** The mean is subtracted in `layer`, and only the root mean square divided by in `rms`. */
export type NormKind = 'layer' | 'rms';

/** A normalization: its kind, and the names of its parameters. */
export interface NormPlan {
  readonly kind: NormKind;
  /** γ, [width] */
  readonly weight: string;
  /** β, [width]; none by default. */
  readonly bias?: string | undefined;
  readonly epsilon: number;
  /** Whether the stored weight is γ − 1, as in Gemma. */
  readonly unitOffset?: boolean | undefined;
}

/** A normalization's γ and β, [width]. */
export interface Norm {
  readonly kind: NormKind;
  readonly gain: tf.Tensor1D;
  readonly shift?: tf.Tensor1D | undefined;
  readonly epsilon: number;
  /** Whether the gradient of one of them is wanted. */
  readonly trained: boolean;
}

/** Call it in a tidy: the gain may be a new tensor. */
export function normOf(parameters: NamedTensors, plan: NormPlan): Norm {
  const { kind, weight, bias, epsilon, unitOffset = false } = plan;
  const stored = parameter<tf.Tensor1D>(parameters, weight);
  return {
    kind,
    epsilon,
    gain: unitOffset ? tf.add(stored, 1) : stored,
    shift: bias === undefined ? undefined : parameter<tf.Tensor1D>(parameters, bias),
    trained: isTrained(parameters, weight) || (bias !== undefined && isTrained(parameters, bias)),
  };
}

/** x̂ = (x − mean x) / √(var x + ε), row by row, without the mean in RMSNorm; and the factor 1/√(var x + ε), [rows, 1]. */
export type Normalized = NormalizedRows;

/** Normalizes each row to mean 0 and variance 1, or to mean square 1: the part of a norm before its γ and β. */
export function normalize(x: tf.Tensor2D, { kind, epsilon }: Pick<Norm, 'kind' | 'epsilon'>): Normalized {
  const fused = fusedKernels();
  if (fused) return fused.normalize(x, kind === 'layer', epsilon);
  const centered = kind === 'layer' ? tf.tidy(() => tf.sub(x, tf.mean(x, 1, true))) : tf.clone(x);
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
 * from every column alike, which gives ∂L/∂x = r·(g − mean g − x̂·mean(g ⊙ x̂)). RMSNorm has no mean g.
 */
export function normalizeGradient(
  gradient: tf.Tensor2D,
  normalized: Normalized,
  kind: NormKind,
): tf.Tensor2D {
  const fused = fusedKernels();
  if (fused) return fused.normalizeGradient(gradient, normalized, kind === 'layer');
  return tf.tidy(() => {
    const { values, inverseDeviation } = normalized;
    const alongValues = tf.mul(values, tf.mean(tf.mul(gradient, values), 1, true));
    const centered = kind === 'layer' ? tf.sub(gradient, tf.mean(gradient, 1, true)) : gradient;
    return tf.mul(tf.sub(centered, alongValues), inverseDeviation) as tf.Tensor2D;
  });
}

/** γ ⊙ x̂ + β, where the parameters are not in the weights of the next layer. */
export function applyNorm(
  x: tf.Tensor2D,
  norm: Norm,
): { readonly normalized: Normalized; readonly output: tf.Tensor2D } {
  const normalized = normalize(x, norm);
  return { normalized, output: scaleAndShift(normalized.values, norm) };
}

/** γ ⊙ x̂ + β of what is normalized already. */
export function scaleAndShift(x: tf.Tensor2D, { gain, shift }: Pick<Norm, 'gain' | 'shift'>): tf.Tensor2D {
  const scaled = tf.mul(x, gain) as tf.Tensor2D;
  return shift ? (tf.add(scaled, shift) as tf.Tensor2D) : scaled;
}

/** Gradients of γ and β; none where they rest. */
export interface NormGradients {
  readonly gain?: tf.Tensor1D | undefined;
  readonly shift?: tf.Tensor1D | undefined;
}

/** The gradient of `applyNorm`. */
export function normGradient(
  gradient: tf.Tensor2D,
  normalized: Normalized,
  norm: Norm,
): NormGradients & { readonly input: tf.Tensor2D } {
  return {
    input: tf.tidy(() =>
      normalizeGradient(tf.mul(gradient, norm.gain) as tf.Tensor2D, normalized, norm.kind),
    ),
    ...(norm.trained && {
      gain: tf.tidy(() => sumOfRows(tf.mul(gradient, normalized.values) as tf.Tensor2D)),
      shift: norm.shift && sumOfRows(gradient),
    }),
  };
}

/** A norm's gradients by the names of its parameters. */
export function namedNormGradients({ weight, bias }: NormPlan, { gain, shift }: NormGradients): Gradients {
  return {
    ...(gain !== undefined && { [weight]: gain }),
    ...(bias !== undefined && shift !== undefined && { [bias]: shift }),
  };
}
