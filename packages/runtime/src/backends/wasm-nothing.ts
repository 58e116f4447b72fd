import * as tf from '@tensorflow/tfjs-core';

/** What makes tensors on TensorFlow.js's WASM back end. */
interface MakingBackend {
  makeOutput(
    shape: readonly number[],
    dtype: 'float32',
    place: undefined,
    values: Float32Array,
  ): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array | Int32Array | Uint8Array;
  disposeData(dataId: object): void;
}

/** What each reduction of nothing gives: what leaves others as they are; for the mean 0, as on the other portable back ends. */
const OF_NOTHING: Readonly<Record<string, number>> = {
  [tf.Sum]: 0,
  [tf.Mean]: 0,
  [tf.Prod]: 1,
  [tf.Max]: Number.NEGATIVE_INFINITY,
  [tf.Min]: Number.POSITIVE_INFINITY,
  [tf.All]: 1,
  [tf.Any]: 0,
};

let defined = false;

/**
 * Makes sums, products, and other reductions of nothing on WASM give what they are, and products of matrices over no columns 0:
 * `@tensorflow/tfjs-backend-wasm` 4.22 leaves such results as the memory was.
 */
export function defineReductionsOfNothing(): void {
  if (defined) return;
  defined = true;
  for (const [name, value] of Object.entries(OF_NOTHING)) {
    replace(name, (kernel, call) => {
      const result = kernel(call) as tf.TensorInfo;
      if ((call.inputs['x'] as tf.TensorInfo).shape.includes(0)) {
        const isInteger = result.dtype === 'int32';
        const filled = isInteger ? Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value)) : value;
        (call.backend as unknown as MakingBackend).typedArrayFromHeap(result).fill(filled);
      }
      return result;
    });
  }
  for (const name of [tf.BatchMatMul, tf._FusedMatMul]) {
    replace(name, (kernel, call) => {
      const { a, b } = call.inputs as Readonly<Record<'a' | 'b', tf.TensorInfo>>;
      const { transposeA, transposeB } = call.attrs as { transposeA?: boolean; transposeB?: boolean };
      if (a.shape.at(transposeA ? -2 : -1) !== 0) return kernel(call);
      // One column and one row of zeros give as much, and a bias and an activation go with them.
      const backend = call.backend as unknown as MakingBackend;
      const zeros = (...shape: number[]): tf.TensorInfo =>
        backend.makeOutput(shape, 'float32', undefined, new Float32Array(tf.util.sizeFromShape(shape)));
      const [rows, columns] = [a.shape.at(transposeA ? -1 : -2), b.shape.at(transposeB ? -2 : -1)];
      const made = {
        a: zeros(...a.shape.slice(0, -2), rows as number, 1),
        b: zeros(...b.shape.slice(0, -2), 1, columns as number),
      };
      try {
        return kernel({
          ...call,
          inputs: { ...call.inputs, ...made },
          attrs: { ...call.attrs, transposeA: false, transposeB: false },
        });
      } finally {
        for (const { dataId } of Object.values(made)) backend.disposeData(dataId);
      }
    });
  }
}

/** Puts another function in the place of a kernel's, which it is given. */
function replace(
  name: string,
  compute: (kernel: tf.KernelFunc, call: Parameters<tf.KernelFunc>[0]) => ReturnType<tf.KernelFunc>,
): void {
  const kernel = tf.getKernel(name, 'wasm');
  if (!kernel) return;
  tf.unregisterKernel(name, 'wasm');
  tf.registerKernel({ ...kernel, kernelFunc: (call) => compute(kernel.kernelFunc, call) });
}
