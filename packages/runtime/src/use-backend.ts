import * as tf from '@tensorflow/tfjs-core';

export type BackendName = 'native' | 'native-gpu' | 'webgpu' | 'wasm' | 'cpu';

export interface BackendReport {
  /** The back end that runs now. */
  readonly backend: BackendName;
}

export async function useBackend(name: string = 'wasm'): Promise<BackendReport> {
  await import('@tensorflow/tfjs-layers');
  if (name === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
  if (name === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend(name);
  await tf.ready();
  return { backend: tf.getBackend() as BackendName };
}
