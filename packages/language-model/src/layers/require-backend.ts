import * as tf from '@tensorflow/tfjs-core';
import { LanguageModelError } from '../errors.js';

/**
 * Throws unless TensorFlow.js has a back end, be it one that has not started.
 *
 * @throws {LanguageModelError} `missing-backend`
 */
export function requireBackend(owner: string): void {
  if (tf.engine().backendNames().length > 0) return;
  throw new LanguageModelError(
    'missing-backend',
    `${owner}: no back end is registered in @tensorflow/tfjs-core; call useBackend() of @ais/runtime once before, or import ` +
      "'@tensorflow/tfjs-backend-cpu' (or another one).",
  );
}
