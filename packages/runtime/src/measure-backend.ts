import * as tf from '@tensorflow/tfjs-core';
import { createRandom } from './random.js';
import { requireMeasured } from './require-measured.js';
import { type BackendReport, useBackend } from './use-backend.js';
import { hasWasmKernels } from './wasm/wasm-kernels.js';
import { wasmMatrixProduct } from './wasm/wasm-matrix-product.js';

/** How fast a back end multiplies matrices. */
export interface BackendMeasurement {
  readonly report: BackendReport;
  /** The matrices are size × size, float32. */
  readonly size: number;
  /** Milliseconds of the median product. */
  readonly milliseconds: number;
  /** 10⁹ floating-point operations a second at the median, a product being 2·size³ of them. */
  readonly gigaflopsPerSecond: number;
  /** How many products were timed. */
  readonly products: number;
}

const SMALLEST = 128;

/**
 * Times a matrix product on a back end as models compute it, on all the threads that it has, and leaves that back end running.
 *
 * @param name the back end, as `useBackend` takes it
 * @param options `size` of the matrices (1024; halved as often as a slow back end needs), and `budget` in
 *   milliseconds (2000): products are timed until it is used up, one at least and nine at most
 * @throws {RuntimeError} `invalid-option` for a size that is not an integer, or below 1, and a budget below 0
 * @throws what `useBackend` throws
 * @example
 * const { gigaflopsPerSecond } = await measureBackend('wasm', { size: 256 });
 */
export async function measureBackend(
  name?: string,
  { size = 1024, budget = 2000 }: { size?: number; budget?: number } = {},
): Promise<BackendMeasurement> {
  requireMeasured({ size, budget });
  const report = await useBackend(name);
  // From small to large, so that a slow back end stops at what fits its budget; the first product of each
  // size pays for what is set up once.
  let fitting = size;
  while (fitting > SMALLEST) fitting /= 2;
  fitting = Math.ceil(fitting);
  while (2 * fitting <= size && 8 * Math.min(...(await timeProducts(fitting, 2))) < budget) fitting *= 2;
  if (2 * fitting > size) fitting = size;
  await timeProducts(fitting, 1);
  const times = await timeProducts(fitting, 9, budget);
  times.sort((a, b) => a - b);
  const milliseconds = times[Math.floor(times.length / 2)] ?? Number.NaN;
  return {
    report,
    size: fitting,
    milliseconds,
    gigaflopsPerSecond: (2 * fitting ** 3) / (milliseconds * 1e6),
    products: times.length,
  };
}

/** TensorFlow.js's own product has one thread on WASM; models take ours there. */
function product(left: tf.Tensor2D, right: tf.Tensor2D): tf.Tensor2D {
  return hasWasmKernels() ? wasmMatrixProduct(left, right) : tf.matMul(left, right);
}

async function timeProducts(
  size: number,
  most: number,
  budget = Number.POSITIVE_INFINITY,
): Promise<number[]> {
  const random = createRandom(0, 'measure-backend');
  const left = tf.tensor2d(random.normals(size * size), [size, size]);
  const right = tf.tensor2d(random.normals(size * size), [size, size]);
  const times: number[] = [];
  const started = performance.now();
  do {
    const start = performance.now();
    const corner = tf.tidy(() => tf.slice(product(left, right), [0, 0], [1, 1]));
    // WebGPU works in the background: only reading makes sure that it is done, and one value is enough.
    await corner.data();
    corner.dispose();
    times.push(performance.now() - start);
  } while (times.length < most && performance.now() - started < budget);
  tf.dispose([left, right]);
  return times;
}
