import type { Objective } from '../contract/objective.js';
import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { hinge } from '../losses/hinge.js';
import { directAlignment } from './direct-alignment.js';

/** Options of `slic`. */
export interface SlicOptions {
  /** β, above 0. */
  readonly beta: number;
  /** Weights on the pairs; none by default. */
  readonly importance?: ImportanceOptions | undefined;
}

/**
 * Sequence likelihood calibration: the hinge loss of the margin.
 *
 * ℓ = max(0, 1 − βρ)
 *
 * When to use: when pairs that already have a margin of 1/β should be left alone.
 *
 * Gotcha: pairs beyond that margin have no gradient; a batch of only such pairs trains nothing.
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0
 * @example
 * const { losses } = slic({ beta: 0.1 }).evaluate(batch);
 * @see Zhao et al. 2023, "SLiC-HF", equation 1, with the reference policy as in Tang et al. 2024, table 1; TRL `hinge`
 */
export function slic(options: SlicOptions): Objective {
  const { beta, importance } = options;
  return directAlignment({ loss: { ...hinge(), name: 'slic' }, beta, importance });
}
