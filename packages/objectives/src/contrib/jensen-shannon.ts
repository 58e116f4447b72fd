import { logSigmoid } from '../numerics/log-sigmoid.js';
import type { FDivergence } from './f-divergence.js';

/**
 * Jensen–Shannon divergence, bounded on both sides.
 *
 * score(r) = log σ(r)
 *
 * When to use: as a compromise between the two KL divergences.
 *
 * Gotcha: scores are bounded above by 0, so chosen responses that are already likely have almost no gradient.
 *
 * @example
 * const { losses } = fDivergenceDpo({ beta: 0.1, divergence: jensenShannon() }).evaluate(batch);
 * @see Wang et al. 2023, "Beyond Reverse KL", table 1; TRL `js_divergence`
 */
export function jensenShannon(): FDivergence {
  return { name: 'jensen-shannon', score: logSigmoid };
}
