import * as tf from '@tensorflow/tfjs-core';

let shared = false;

/** What of TensorFlow.js's WASM back end counts who uses a tensor's data. */
interface CountingBackend {
  incRef(dataId: object): void;
  readonly dataIdMap: { get(dataId: object): { readonly shape: readonly number[] } };
}

/**
 * Makes clones on WASM share their tensor's data, as on every other back end: `@tensorflow/tfjs-backend-wasm` 4.22 copies it, and
 * TensorFlow.js clones a tensor for the tape and wherever a tensor is only passed on.
 *
 * Reshaped data is still copied: the back end remembers the shape that it was computed with, which its fused product reads
 * of a bias.
 */
export function shareClones(): void {
  const kernel = tf.getKernel(tf.Identity, 'wasm');
  if (shared || !kernel) return;
  shared = true;
  tf.unregisterKernel(tf.Identity, 'wasm');
  tf.registerKernel({
    ...kernel,
    kernelFunc: (call) => {
      const { dataId, shape, dtype } = call.inputs['x'] as tf.TensorInfo;
      const backend = call.backend as unknown as CountingBackend;
      if (!tf.util.arraysEqual(shape, [...backend.dataIdMap.get(dataId).shape]))
        return kernel.kernelFunc(call);
      backend.incRef(dataId);
      return { dataId, shape, dtype };
    },
  });
}
