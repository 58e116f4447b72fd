import * as tf from '@tensorflow/tfjs-core';

/** Tensors that one shader reads at most: every WebGPU device lets a shader bind 8 buffers, of which one is the result. */
const MOST_TENSORS = 7;

let grouped = false;

/**
 * Makes `tf.addN` on WebGPU add a few tensors at a time.
 *
 * The kernel of `@tensorflow/tfjs-backend-webgpu` 4.22 binds a buffer for each tensor, however many there are; where
 * that is more than the device allows, the sum is 0, without an error.
 */
export function groupAddN(): void {
  const kernel = tf.getKernel(tf.AddN, 'webgpu');
  if (grouped || !kernel) return;
  grouped = true;
  const add = (tensors: tf.TensorInfo[], backend: object): tf.TensorInfo =>
    kernel.kernelFunc({ inputs: tensors as object as tf.NamedTensorInfoMap, backend }) as tf.TensorInfo;
  tf.unregisterKernel(tf.AddN, 'webgpu');
  tf.registerKernel({
    ...kernel,
    kernelFunc: ({ inputs, backend }) => {
      const tensors = Object.values(inputs) as tf.TensorInfo[];
      let sum = add(tensors.slice(0, MOST_TENSORS), backend);
      for (let from = MOST_TENSORS; from < tensors.length; from += MOST_TENSORS - 1) {
        const partial = sum;
        sum = add([partial, ...tensors.slice(from, from + MOST_TENSORS - 1)], backend);
        (backend as tf.KernelBackend).disposeData(partial.dataId);
      }
      return sum;
    },
  });
}
