import { hasNativeKernels, runNativeKernel } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { linear, product, transposedProduct } from '../kernels/matrix-products.js';
import { adapterNames, type NamedTensors, parameter } from './parameters.js';

/**
 * What a model computes with in a parameter's place: W₀ + scale·B·A where it has an adapter, else the parameter itself.
 *
 * The sum is made where it is used, and lives no longer: a block's matrices at a time. The product B·A has as few terms as
 * the rank, so this costs less than x·Aᵀ·Bᵀ beside x·W₀ᵀ as soon as there are more tokens than a few hundred.
 */
export function effective<T extends tf.Tensor>(parameters: NamedTensors, name: string): T {
  const value = parameter<T>(parameters, name);
  const adapter = parameters.adapters?.get(name);
  if (adapter === undefined) return value;
  const { down, up, scale } = adapter;
  if (hasNativeKernels()) return runNativeKernel('AisLowRankSum', [value, up, down], { scale }, 1)[0] as T;
  return tf.tidy(() => tf.add(value, product(tf.mul(up, scale) as tf.Tensor2D, down)) as T);
}

/** A layer's matrix, the gradient of its output, and what that output was multiplied with. */
export interface AdaptedLayer {
  readonly weight: string;
  readonly gradient: tf.Tensor2D;
  readonly factor: number;
}

/**
 * The gradients of A and B where layers that read the same x have adapters, and the adapters' part of that of x.
 *
 * With y = factor·(W₀ + s·B·A)·x and D = ∂L/∂y: ∂A = (D·s·factor·B)ᵀ·x, ∂B = Dᵀ·(s·factor·x·Aᵀ), and D·s·factor·B·A is
 * the part of ∂x. Nothing has the size of W₀, and what reads or gives x is one product for all layers.
 *
 * @param x called only if there are adapters
 */
export function adapterGradients(
  layers: readonly AdaptedLayer[],
  x: () => tf.Tensor2D,
  parameters: NamedTensors,
): { readonly parameters: Record<string, tf.Tensor>; readonly input?: () => tf.Tensor2D } {
  const adapted = layers.flatMap(({ weight, gradient, factor }) => {
    const adapter = parameters.adapters?.get(weight);
    return adapter
      ? [{ ...adapter, names: adapterNames(weight), gradient, factor: adapter.scale * factor }]
      : [];
  });
  if (adapted.length === 0) return { parameters: {} };
  const input = x();
  const ranks = adapted.map(({ down }) => down.shape[0]);
  const downs = joined(adapted.map(({ down }) => down));
  const gradients: Record<string, tf.Tensor> = {};
  const low = separated(linear(input, downs), ranks, 1);
  const ofLow = joined(
    adapted.map(({ gradient, up, factor }) => product(gradient, tf.mul(up, factor) as tf.Tensor2D)),
    1,
  );
  const ofDowns = separated(transposedProduct(ofLow, input), ranks, 0);
  for (const [index, { names, gradient, factor }] of adapted.entries()) {
    gradients[names.down] = ofDowns[index] as tf.Tensor2D;
    gradients[names.up] = transposedProduct(gradient, tf.mul(low[index] as tf.Tensor2D, factor));
  }
  return { parameters: gradients, input: () => product(ofLow, downs) };
}

function joined(matrices: readonly tf.Tensor2D[], axis = 0): tf.Tensor2D {
  return matrices.length === 1 ? (matrices[0] as tf.Tensor2D) : tf.concat([...matrices], axis);
}

function separated(matrix: tf.Tensor2D, sizes: number[], axis: number): tf.Tensor2D[] {
  return sizes.length === 1 ? [matrix] : tf.split(matrix, sizes, axis);
}
