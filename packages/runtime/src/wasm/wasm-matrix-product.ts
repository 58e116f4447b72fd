import type * as tf from '@tensorflow/tfjs-core';
import { runWasmKernel } from './wasm-kernels.js';

/** Floats of scratch memory that `matrixProduct` takes: PANELS · (DEPTH + 1) · PANEL + TILE · PANEL. */
const SCRATCH = 16 * 257 * 8 + 6 * 8;

/**
 * a·b + bias, or a·bᵀ + bias, by our own kernel on the threads there are, where `hasWasmKernels` says so; each sum starts with
 * its bias and takes its terms in order, as XNNPACK's do, so the digits are the same.
 *
 * @example
 * const product = (a: Tensor2D, b: Tensor2D) => (hasWasmKernels() ? wasmMatrixProduct(a, b) : tf.matMul(a, b));
 */
export function wasmMatrixProduct(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  {
    transposeB = false,
    bias,
  }: { readonly transposeB?: boolean; readonly bias?: tf.Tensor1D | undefined } = {},
): tf.Tensor2D {
  const [m, k] = a.shape;
  const n = b.shape[transposeB ? 0 : 1];
  const [result] = runWasmKernel('matrixProduct', {
    inputs: bias ? [a, b, bias] : [a, b],
    outputs: [[m, n]],
    items: Math.ceil(n / 8),
    operations: m * n * k,
    scratch: SCRATCH,
    arguments: ([x, y, z], [out]) => [x, y, z ?? 0, m, k, n, Number(transposeB), out] as number[],
  });
  return result as tf.Tensor2D;
}
