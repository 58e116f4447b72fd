import { checkBeta } from '../contract/check-option.js';
import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { logistic } from '../losses/logistic.js';
import { directAlignment } from './direct-alignment.js';

/** Options of `dpo`. */
export interface DpoOptions {
  /** β, above 0. */
  readonly beta: number;
  /** ε, the probability that a label is wrong, from 0 to 0.5; 0 by default. */
  readonly labelSmoothing?: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Direct preference optimization; conservative DPO with label smoothing; AIS-DPO with `importance`.
 *
 * ℓ = −(1−ε)·log σ(βρ) − ε·log σ(−βρ)
 *
 * When to use: the baseline of every comparison, and the objective to start from.
 *
 * Gotcha: without smoothing the loss has no minimum: margins grow for as long as training runs, and the policy
 * moves away from the data. That is what importance weights are for.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0 and ε is in [0, 0.5]
 * @example
 * const { losses, metrics } = dpo({ beta: 0.1 }).evaluate(batch);
 * @see Rafailov et al. 2023, "Direct Preference Optimization", equation 7; TRL `sigmoid`
 */
export function dpo(options: DpoOptions): Objective {
  const { beta, importance, ...smoothing } = options;
  checkBeta('dpo', beta);
  return directAlignment({ loss: { ...logistic(smoothing), name: 'dpo' }, beta, importance });
}
