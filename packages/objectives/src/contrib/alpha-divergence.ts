import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkOption } from '../contract/check-option.js';
import { elementwise } from '../numerics/elementwise.js';
import { exponentialMinusOne } from '../numerics/exponential-minus-one.js';
import { EXPONENT_LIMIT } from '../numerics/safe-exponential.js';
import type { FDivergence } from './f-divergence.js';

/**
 * α-divergence, from forward KL (α = 0) to reverse KL (α = 1) and beyond.
 *
 * score(r) = (e^((α−1)·r) − 1)/(α−1), and r at α = 1
 *
 * The constant −1/(α−1) cancels in the margin; with it, the score approaches r as α approaches 1.
 *
 * When to use: to move continuously from one KL divergence to the other.
 *
 * Gotcha: above an exponent of 30, where products would overflow float32, the exponential continues along its tangent;
 * the metric `losses/tangent` of `fDivergenceDpo` is the share of such pairs.
 *
 * @param alpha any finite number
 * @throws {ObjectivesError} `invalid-option` if α is not finite
 * @example
 * const { losses } = fDivergenceDpo({ beta: 0.1, divergence: alphaDivergence(0.5) }).evaluate(batch);
 * @see Wang et al. 2023, "Beyond Reverse KL", table 1; TRL `alpha_divergence`
 */
export function alphaDivergence(alpha: number): FDivergence {
  checkOption('alphaDivergence', 'alpha', alpha, Number.isFinite, 'a finite number');
  const exponent = alpha - 1;
  const end = EXPONENT_LIMIT / exponent;
  return {
    name: 'alpha-divergence',
    ...(exponent < 0 ? { tangentBelow: end } : exponent > 0 ? { tangentAbove: end } : {}),
    score: (ratios) => (exponent === 0 ? ratios : tf.div(safeExpm1(tf.mul(exponent, ratios)), exponent)),
  };
}

// exponentialMinusOne keeps the digits that e^x − 1 loses near x = 0, where α is close to 1.
const safeExpm1: (x: Tensor1D) => Tensor1D = /* @__PURE__ */ elementwise(
  (x) => {
    const beyond = tf.relu(tf.sub(x, EXPONENT_LIMIT));
    return tf.add(
      exponentialMinusOne(tf.minimum<Tensor1D>(x, EXPONENT_LIMIT)),
      tf.mul(Math.exp(EXPONENT_LIMIT), beyond),
    );
  },
  (x) => tf.exp(tf.minimum<Tensor1D>(x, EXPONENT_LIMIT)),
);
