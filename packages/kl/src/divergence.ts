import { KlError } from './errors.js';

/**
 * Which divergence between the policy's p and the reference's q:
 * `reverse` KL(p‖q) (the one that preference optimization penalizes), `forward` KL(q‖p),
 * `jensen-shannon` ½KL(p‖m) + ½KL(q‖m) with m = ½(p + q).
 */
export type Divergence = 'reverse' | 'forward' | 'jensen-shannon';

export const divergences: readonly Divergence[] = ['reverse', 'forward', 'jensen-shannon'];

export function checkDivergence(divergence: Divergence): void {
  if (divergences.includes(divergence)) return;
  throw new KlError(
    'invalid-option',
    `divergence must be reverse, forward, or jensen-shannon, got "${divergence}".`,
  );
}
