import * as tf from '@tensorflow/tfjs-core';
import { ObjectivesError } from '../errors.js';

/**
 * Throws unless TensorFlow.js has a back end, be it one that has not started: without one, every law would fail for want of it.
 *
 * @throws {ObjectivesError} `missing-backend`
 */
export function requireBackend(): void {
  if (tf.engine().backendNames().length > 0) return;
  throw new ObjectivesError(
    'missing-backend',
    "no back end is registered in @tensorflow/tfjs-core, so that no tensor can be made; import '@tensorflow/tfjs-backend-cpu' " +
      '(or another one) once before, or call useBackend() of @ais/runtime.',
  );
}
