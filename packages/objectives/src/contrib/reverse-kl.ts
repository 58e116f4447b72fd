import type { FDivergence } from './f-divergence.js';

/**
 * Reverse KL divergence KL(π_θ‖π_ref), which DPO is based on.
 *
 * score(r) = r
 *
 * When to use: as the baseline of a comparison of divergences.
 *
 * Gotcha: it seeks modes: the policy rarely learns to say what the reference finds unlikely.
 *
 * @example
 * const { losses } = fDivergenceDpo({ beta: 0.1, divergence: reverseKl() }).evaluate(batch); // the same as dpo({ beta: 0.1 })
 * @see Wang et al. 2023, "Beyond Reverse KL", table 1; TRL `reverse_kl`
 */
export function reverseKl(): FDivergence {
  return { name: 'reverse-kl', score: (ratios) => ratios };
}
