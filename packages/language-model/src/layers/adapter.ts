import * as tf from '@tensorflow/tfjs-core';
import { linear, transposedProduct } from '../kernels/matrix-products.js';
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
  return tf.tidy(() => tf.add(value, tf.matMul(tf.mul(up, scale) as tf.Tensor2D, down)) as T);
}

/**
 * The gradients of A and B where layers that read the same x have adapters, from that of their outputs, one after another.
 *
 * With y = factor·(W₀ + s·B·A)·x and D = ∂L/∂y: ∂A = (D·s·factor·B)ᵀ·x and ∂B = Dᵀ·(s·factor·x·Aᵀ). Nothing has
 * the size of W₀.
 *
 * @param x called only if there are adapters
 */
export function adapterGradients(
  gradient: tf.Tensor2D,
  x: () => tf.Tensor2D,
  weights: readonly string[],
  parameters: NamedTensors,
  factor = 1,
): Record<string, tf.Tensor> {
  const gradients: Record<string, tf.Tensor> = {};
  if (!weights.some((weight) => parameters.adapters?.has(weight))) return gradients;
  const input = x();
  let from = 0;
  for (const weight of weights) {
    const rows = parameter<tf.Tensor2D>(parameters, weight).shape[0];
    const adapter = parameters.adapters?.get(weight);
    if (adapter !== undefined) {
      const { down, up, scale } = adapter;
      const names = adapterNames(weight);
      const start = from;
      const [ofDown, ofUp] = tf.tidy(() => {
        const part =
          rows === gradient.shape[1] ? gradient : (tf.slice(gradient, [0, start], [-1, rows]) as tf.Tensor2D);
        const low = tf.mul(linear(input, down), scale * factor) as tf.Tensor2D;
        const ofLow = tf.matMul(part, tf.mul(up, scale * factor) as tf.Tensor2D) as tf.Tensor2D;
        return [transposedProduct(ofLow, input), transposedProduct(part, low)];
      }) as [tf.Tensor2D, tf.Tensor2D];
      gradients[names.down] = ofDown;
      gradients[names.up] = ofUp;
    }
    from += rows;
  }
  return gradients;
}
