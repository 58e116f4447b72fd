import * as tf from '@tensorflow/tfjs-core';

let shared = false;

/** What of TensorFlow.js's WASM back end counts who uses a tensor's data. */
interface CountingBackend {
  incRef(dataId: object): void;
}

/**
 * Makes clones on WASM share their tensor's data, as on every other back end: `@tensorflow/tfjs-backend-wasm` 4.22 copies it, and
 * TensorFlow.js clones a tensor for the tape and wherever a tensor is only passed on.
 */
export function shareClones(): void {
  const kernel = tf.getKernel(tf.Identity, 'wasm');
  if (shared || !kernel) return;
  shared = true;
  tf.unregisterKernel(tf.Identity, 'wasm');
  tf.registerKernel({
    ...kernel,
    kernelFunc: ({ inputs, backend }) => {
      const { dataId, shape, dtype } = inputs['x'] as tf.TensorInfo;
      (backend as unknown as CountingBackend).incRef(dataId);
      return { dataId, shape, dtype };
    },
  });
}
