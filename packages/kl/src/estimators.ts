import { KlError } from './errors.js';

/**
 * The estimator k1 of KL(p‖q) from samples of p: d = log p(y) − log q(y).
 *
 * Unbiased, but its variance is that of d, which for near policies is much larger than KL itself (for Gaussians of
 * equal width it is 2·KL, so the relative error of n samples is √(2/(n·KL))); single values may be negative.
 *
 * @param policyLogProbs [n], log-probabilities of tokens (or of whole responses) that were sampled from the policy at
 *   temperature 1, in nats
 * @param referenceLogProbs [n], the reference's log-probabilities of the same tokens
 * @returns [n], one value per sample; average them, or sum them over responses with {@link sequenceKl}
 * @throws {KlError} `invalid-lengths` if the lengths differ, `invalid-value` for NaN or an infinite policy log-probability
 * @example
 * console.log([...k1([-1, -2], [-1.5, -1])]); // [ 0.5, -1 ]
 * @see J. Schulman, "Approximating KL divergence" (2020), http://joschu.net/blog/kl-approx.html
 */
export function k1(policyLogProbs: ArrayLike<number>, referenceLogProbs: ArrayLike<number>): Float64Array {
  return logRatios(policyLogProbs, referenceLogProbs);
}

/**
 * The estimator k2 of KL(p‖q) from samples of p: ½·d², d = log p(y) − log q(y).
 *
 * Biased: its expectation is a different divergence, ½·E_p[d²], which agrees with KL to second order (for Gaussians of
 * equal width it is KL + ½·KL²). Never negative, and of low variance (for those Gaussians 2·KL² + 2·KL³, where k1 has
 * 2·KL). Its gradient at samples of p is that of KL.
 *
 * @param policyLogProbs [n], as for {@link k1}
 * @param referenceLogProbs [n]
 * @returns [n], one value per sample
 * @throws {KlError} as {@link k1}
 * @example
 * console.log([...k2([-1, -2], [-1.5, -1])]); // [ 0.125, 0.5 ]
 * @see J. Schulman, "Approximating KL divergence" (2020), http://joschu.net/blog/kl-approx.html
 */
export function k2(policyLogProbs: ArrayLike<number>, referenceLogProbs: ArrayLike<number>): Float64Array {
  return logRatios(policyLogProbs, referenceLogProbs).map((difference) => difference ** 2 / 2);
}

/**
 * The estimator k3 of KL(p‖q) from samples of p: e^(−d) − 1 + d, d = log p(y) − log q(y).
 *
 * Unbiased if q puts no mass outside the support of p, because E_p[e^(−d)] = 1; never negative. For near policies
 * its variance is far below k1's (for Gaussians of equal width e^(2KL) − 1 − 2KL against 2·KL), for distant ones far
 * above it: e^(−d) = q/p has heavy tails, so far from the reference and on whole responses prefer k1.
 *
 * @param policyLogProbs [n], as for {@link k1}
 * @param referenceLogProbs [n]
 * @returns [n], one value per sample
 * @throws {KlError} as {@link k1}
 * @example
 * console.log([...k3([-1, -2], [-1.5, -1])].map((value) => value.toFixed(4))); // [ '0.1065', '0.7183' ]
 * @see J. Schulman, "Approximating KL divergence" (2020), http://joschu.net/blog/kl-approx.html
 */
export function k3(policyLogProbs: ArrayLike<number>, referenceLogProbs: ArrayLike<number>): Float64Array {
  // expm1 keeps the digits of near policies, where e^(−d) − 1 cancels.
  return logRatios(policyLogProbs, referenceLogProbs).map((difference) =>
    difference === Number.POSITIVE_INFINITY
      ? Number.POSITIVE_INFINITY
      : Math.max(0, Math.expm1(-difference) + difference),
  );
}

function logRatios(policy: ArrayLike<number>, reference: ArrayLike<number>): Float64Array {
  for (const values of [policy, reference] as readonly (Partial<ArrayLike<number>> | null | undefined)[]) {
    if (typeof values?.length === 'number') continue;
    throw new KlError(
      'invalid-value',
      'the log-probabilities must be two arrays of numbers; of a tensor, pass await tensor.data().',
    );
  }
  if (policy.length !== reference.length) {
    throw new KlError(
      'invalid-lengths',
      `there are ${policy.length} log-probabilities of the policy and ${reference.length} of the reference; ` +
        'score the same tokens with both models.',
    );
  }
  return Float64Array.from(policy, (value, index) => {
    const other = reference[index];
    if (!Number.isFinite(value) || typeof other !== 'number' || Number.isNaN(other)) {
      throw new KlError(
        'invalid-value',
        `the log-probabilities of sample ${index} are ${value} and ${other}; the policy's must be a finite number, and the reference's a number, not NaN.`,
      );
    }
    return value - other;
  });
}
