import { logSigmoid } from '../numerics/log-sigmoid.js';
import type { FDivergence } from './f-divergence.js';

/**
 * Jensen–Shannon divergence, bounded on both sides.
 *
 * score(r) = log σ(r)
 *
 * @example
 * fDivergenceDpo({ beta: 0.1, divergence: jensenShannon() });
 * @see Wang et al. 2023, "Beyond Reverse KL", table 1; TRL `js_divergence`
 */
export function jensenShannon(): FDivergence {
  return { name: 'jensen-shannon', score: logSigmoid };
}
