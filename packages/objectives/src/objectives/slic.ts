import type { ImportanceOptions } from '../importance/adaptive-importance.js';
import { importanceWeighted } from '../importance/importance-weighted.js';
import { hinge } from '../losses/hinge.js';
import type { Objective } from '../objective.js';
import { directAlignment } from './direct-alignment.js';

export interface SlicOptions {
  /** β, above 0. */
  readonly beta: number;
  /** Weights on the pairs; none where absent. */
  readonly importance?: ImportanceOptions;
}

/**
 * Sequence likelihood calibration: the hinge loss of the margin.
 *
 * ℓ = max(0, 1 − βρ)
 *
 * @throws {ObjectivesError} `invalid-option` unless β is above 0
 * @example
 * const { losses } = slic({ beta: 0.1 }).evaluate(batch);
 * @see Zhao et al. 2023, "SLiC-HF", equation 1, with the reference policy as in Tang et al. 2024, table 1
 */
export function slic(options: SlicOptions): Objective {
  const { beta, importance } = options;
  const objective = { ...directAlignment({ loss: hinge(), beta }), name: 'slic' };
  return importance ? importanceWeighted(objective, importance) : objective;
}
