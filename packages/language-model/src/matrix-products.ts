import * as tf from '@tensorflow/tfjs-core';

// The WASM back end multiplies plain matrices with XNNPACK (10 GFLOP/s measured), but anything transposed or
// batched with a naive loop (0.8 GFLOP/s), and sums over rows as slowly. So there, operands are transposed first,
// the smaller where there is a choice, and sums over rows are products with a row of ones.
const transposesFirst = (): boolean => tf.getBackend() === 'wasm';

/** a·wᵀ + bias, the way a linear layer stores its weight: a [n, k], w [m, k], bias [m] → [n, m]. */
export function linear(a: tf.Tensor2D, weight: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor2D {
  return tf.tidy(() => {
    const first = transposesFirst();
    const b = first ? tf.transpose(weight) : weight;
    return bias === undefined
      ? tf.matMul(a, b, false, !first)
      : (tf.fused.matMul({ a, b, transposeB: !first, bias }) as tf.Tensor2D);
  });
}

/** aᵀ·b: a [n, k], b [n, m] → [k, m]; the gradient of a linear layer's weight. */
export function transposedProduct(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  if (!transposesFirst()) return tf.matMul(a, b, true, false);
  return tf.tidy(() =>
    a.shape[1] <= b.shape[1]
      ? tf.matMul(tf.transpose(a), b)
      : tf.transpose(tf.matMul(tf.transpose(b), a) as tf.Tensor2D),
  );
}

/** Σ over the rows: [n, m] → [m]. */
export function sumOfRows(a: tf.Tensor2D): tf.Tensor1D {
  if (!transposesFirst()) return tf.sum(a, 0);
  return tf.tidy(() => tf.reshape(tf.matMul(tf.ones([1, a.shape[0]]) as tf.Tensor2D, a), [a.shape[1]]));
}
