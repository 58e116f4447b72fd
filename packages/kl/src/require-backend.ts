import * as tf from '@tensorflow/tfjs-core';
import { KlError } from './errors.js';

/**
 * Throws unless TensorFlow.js has a back end, be it one that has not started.
 *
 * @throws {KlError} `missing-backend`
 */
export function requireBackend(owner: string): void {
  if (tf.engine().backendNames().length > 0) return;
  throw new KlError(
    'missing-backend',
    `${owner}: no back end is registered in @tensorflow/tfjs-core; import '@tensorflow/tfjs-backend-cpu' (or another one) once ` +
      'before, or call useBackend() of @ais/runtime.',
  );
}
