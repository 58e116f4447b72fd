import * as tf from '@tensorflow/tfjs-core';
import { checkOption } from '../contract/check-option.js';
import type { Smoothing } from './smoothing.js';

/**
 * The same α for every response.
 *
 * α(|y|) = α
 *
 * α = 0 gives the unweighted loss, α = 1 plain importance sampling, exactly.
 *
 * Gotcha: the variance of the weight grows exponentially with the length for any fixed α above 0.
 *
 * @param alpha from 0 to 1
 * @throws {ObjectivesError} `invalid-option` outside [0, 1]
 * @example
 * adaptiveImportance({ smoothing: fixed(0.05) });
 * @see the source paper, section 3.1 and appendix F
 */
export function fixed(alpha: number): Smoothing {
  checkOption(
    'fixed',
    'alpha',
    alpha,
    (x) => x >= 0 && x <= 1,
    'a number from 0 to 1 (for anything else, write your own function of the length)',
  );
  return (length) => tf.fill([length.size], alpha);
}
