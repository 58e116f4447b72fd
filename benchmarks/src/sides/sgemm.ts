import { createRandom } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';

/** Times products of the same two matrices; holds them until it is disposed of. */
export interface Sgemm {
  /** Floating-point operations a second of the median of some products, 2·size³ each. */
  rate(): Promise<number>;
  dispose(): void;
}

/** Prepares float32 products of two size × size matrices on the back end that runs. */
export function prepareSgemm(size: number, products = 5): Sgemm {
  const random = createRandom(0, 'sgemm');
  const matrix = (): tf.Tensor2D =>
    tf.tensor2d(Float32Array.from({ length: size * size }, random.uniform), [size, size]);
  const [left, right] = [matrix(), matrix()];
  const seconds = async (): Promise<number> => {
    const started = performance.now();
    const corner = tf.tidy(() => tf.slice(tf.matMul(left, right), [0, 0], [1, 1]));
    await corner.data();
    corner.dispose();
    return (performance.now() - started) / 1000;
  };
  return {
    async rate() {
      await seconds();
      const measured: number[] = [];
      for (let product = 0; product < products; product++) measured.push(await seconds());
      measured.sort((a, b) => a - b);
      return (2 * size ** 3) / (measured[Math.floor(products / 2)] ?? Number.NaN);
    },
    dispose: () => tf.dispose([left, right]),
  };
}
