import * as tf from '@tensorflow/tfjs-core';
import { EXPONENT_LIMIT, safeExponential } from '../numerics/safe-exponential.js';
import type { FDivergence } from './f-divergence.js';

/**
 * Forward KL divergence KL(π_ref‖π_θ), which covers all modes of the reference.
 *
 * score(r) = −e^(−r)
 *
 * When to use: when diversity matters more than the best mode.
 *
 * Gotcha: below r = −30, where products would overflow float32, e^(−r) continues along its tangent; the
 * metric `losses/tangent` of `fDivergenceDpo` is the share of such pairs.
 *
 * @example
 * const { losses } = fDivergenceDpo({ beta: 0.1, divergence: forwardKl() }).evaluate(batch);
 * @see Wang et al. 2023, "Beyond Reverse KL", table 1; TRL `forward_kl`
 */
export function forwardKl(): FDivergence {
  return {
    name: 'forward-kl',
    tangentBelow: -EXPONENT_LIMIT,
    score: (ratios) => tf.neg(safeExponential(tf.neg(ratios))),
  };
}
