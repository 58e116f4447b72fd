import {
  hasNativeKernels,
  hasWasmKernels,
  runNativeKernel,
  runWasmKernel,
  wasmMatrixProduct,
  wasmThreads,
} from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';

// The WASM back end multiplies plain matrices with XNNPACK, on one thread, but anything transposed or batched with a naive
// loop (0.8 GFLOP/s), and sums over rows as slowly. So there, without kernels of our own, operands are transposed first,
// the smaller where there is a choice, and sums over rows are products with a row of ones.
const transposesFirst = (): boolean => tf.getBackend() === 'wasm' && !hasWasmKernels();

/**
 * a·b, each transposed first where that is asked for.
 *
 * TensorFlow.js calls TensorFlow's `BatchMatMulV2`. On native TensorFlow `MatMul` takes 4 to 14 % less time for most shapes of a
 * transformer, but more for results of few columns, and for aᵀ·b with many more rows than columns. Either adds up in an order
 * that does not depend on threads.
 */
export function product(a: tf.Tensor2D, b: tf.Tensor2D, transposeA = false, transposeB = false): tf.Tensor2D {
  const rows = transposeA ? a.shape[1] : a.shape[0];
  const columns = transposeB ? b.shape[0] : b.shape[1];
  if (hasWasmKernels() && !transposeA && (transposeB || rows >= FEWEST_ROWS))
    return wasmMatrixProduct(a, b, { transposeB });
  const isTall = columns < FEW_COLUMNS || (transposeA && rows > 2 * columns);
  if (isTall || !hasNativeKernels()) return tf.matMul(a, b, transposeA, transposeB);
  const attributes = { transpose_a: transposeA, transpose_b: transposeB };
  return runNativeKernel('MatMul', [a, b], attributes, 1)[0] as tf.Tensor2D;
}

/** Columns of a result below which `BatchMatMulV2` is the faster operation: a low rank's. */
const FEW_COLUMNS = 32;

function transposed(x: tf.Tensor2D): tf.Tensor2D {
  if (!hasWasmKernels()) return tf.transpose(x);
  const [rows, columns] = x.shape;
  const [result] = runWasmKernel('transpose', {
    inputs: [x],
    outputs: [[columns, rows]],
    items: columns,
    grain: 4,
    arguments: ([from], [out]) => [from, rows, columns, out] as number[],
  });
  return result as tf.Tensor2D;
}

/** The weight w [m, k] of a linear layer, as `multiply` wants it: transposed where that is what is fast. */
export type PreparedMatrix = {
  readonly matrix: tf.Tensor2D;
  readonly transposed: boolean;
  /** Rows up to which a native product that reads the weight as it lies is taken. */
  readonly fewRows: number;
  /** The weight for those, in half of its memory, where that is the same weight. */
  readonly halves?: tf.Tensor2D;
};

/** Rows up to which that is as fast as a product that rearranges the weight first. */
export const FEW_ROWS = { once: 96, often: 256 } as const;

/**
 * Makes a weight ready.
 *
 * @param uses 'often' where few rows at a time are multiplied with it: then rearranging a weight takes TensorFlow's own
 *   product as long as multiplying, so the weight is stored the way around that needs none
 */
export function prepareMatrix(weight: tf.Tensor2D, uses: 'once' | 'often' = 'once'): PreparedMatrix {
  const fewRows = hasNativeKernels() ? FEW_ROWS[uses] : 0;
  return (uses === 'often' && fewRows === 0) || transposesFirst()
    ? { matrix: transposed(weight), transposed: true, fewRows: 0 }
    : {
        matrix: tf.clone(weight),
        transposed: false,
        fewRows,
        ...(uses === 'often' && fewRows > 0 && halvesOf(weight)),
      };
}

/**
 * The upper halves of a weight's numbers, if the lower ones are all 0: those of models that are published in bfloat16, as most are.
 * Reading the weights is most of what a token costs while few responses are generated, and so it costs half, with the same digits.
 */
function halvesOf(weight: tf.Tensor2D): Pick<PreparedMatrix, 'halves'> {
  if (weight.shape[1] % 2 !== 0) return {};
  const [halves, all] = runNativeKernel('AisUpperHalves', [weight], {}, 2) as [tf.Tensor2D, tf.Scalar];
  const fits = all.dataSync()[0] === 1;
  tf.dispose(fits ? all : [halves, all]);
  return fits ? { halves } : {};
}

/** What the native operations read of a weight. */
export const nativeWeight = ({ matrix, halves }: PreparedMatrix): tf.Tensor2D => halves ?? matrix;

function multiplyFewRows(a: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor1D | undefined): tf.Tensor2D {
  const [result] = bias
    ? runNativeKernel('AisLinearWithBias', [a, weight, bias], {}, 1)
    : runNativeKernel('AisLinear', [a, weight], {}, 1);
  return result as tf.Tensor2D;
}

/** Rows below which XNNPACK is faster. */
const FEWEST_ROWS = 12;

/** a·wᵀ + bias: a [n, k], w [m, k] prepared, bias [m] → [n, m]. */
export function multiply(a: tf.Tensor2D, prepared: PreparedMatrix, bias?: tf.Tensor1D): tf.Tensor2D {
  const { matrix, transposed: isTransposed, fewRows } = prepared;
  if (fewRows > 0 && a.shape[0] <= fewRows) return multiplyFewRows(a, nativeWeight(prepared), bias);
  // Of a weight that is used often, XNNPACK keeps a rearranged copy: on one thread that is faster.
  if (hasWasmKernels()) {
    if (!isTransposed || (wasmThreads() > 1 && a.shape[0] >= FEWEST_ROWS)) {
      return wasmMatrixProduct(a, matrix, { transposeB: !isTransposed, bias });
    }
    if (bias === undefined) return tf.matMul(a, matrix);
  }
  const transposeB = !isTransposed;
  if (bias === undefined) return product(a, matrix, false, transposeB);
  if (hasNativeKernels()) return tf.tidy(() => tf.add(product(a, matrix, false, transposeB), bias));
  return tf.tidy(() => tf.fused.matMul({ a, b: matrix, transposeB, bias }) as tf.Tensor2D);
}

/** a·wᵀ + bias, the way a linear layer stores its weight: a [n, k], w [m, k], bias [m] → [n, m]. */
export function linear(a: tf.Tensor2D, weight: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor2D {
  return tf.tidy(() => multiply(a, prepareMatrix(weight), bias));
}

/** aᵀ·b: a [n, k], b [n, m] → [k, m]; the gradient of a linear layer's weight. */
export function transposedProduct(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  if (tf.getBackend() !== 'wasm') return product(a, b, true, false);
  const [rows, m] = a.shape;
  const n = b.shape[1];
  // Small results stay in the cache; rearranging operands would cost as much as multiplying.
  if (hasWasmKernels() && m % 4 === 0 && n % 4 === 0 && m * n <= 65_536) {
    const [result] = runWasmKernel('transposedProduct', {
      inputs: [a, b],
      outputs: [[m, n]],
      // Each share reads the whole of the other factor, the smaller.
      items: Math.max(m, n),
      grain: 8,
      operations: rows * m * n,
      arguments: ([x, y], [out]) => [Number(m >= n), x, y, rows, m, n, out] as number[],
    });
    return result as tf.Tensor2D;
  }
  return tf.tidy(() =>
    m <= n || (hasWasmKernels() && m >= FEWEST_ROWS)
      ? product(transposed(a), b)
      : transposed(product(transposed(b), a)),
  );
}

/** Σ over the rows: [n, m] → [m]. */
export function sumOfRows(a: tf.Tensor2D): tf.Tensor1D {
  if (hasWasmKernels()) {
    const [rows, width] = a.shape;
    const [result] = runWasmKernel('sumOfRows', {
      inputs: [a],
      outputs: [[width]],
      items: width,
      grain: 16,
      partsPerThread: 1,
      operations: a.size,
      arguments: ([x], [out]) => [x, rows, width, out] as number[],
    });
    return result as tf.Tensor1D;
  }
  if (tf.getBackend() !== 'wasm') return tf.sum(a, 0);
  return tf.tidy(() => tf.reshape(tf.matMul(tf.ones([1, a.shape[0]]) as tf.Tensor2D, a), [a.shape[1]]));
}
