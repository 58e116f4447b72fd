import type { Normalization } from './arms.js';

/** The log-ratios of a batch of pairs, each [batch]. */
export interface PairRatios {
  /** log π_θ − log π_ref. */
  readonly chosen: Float64Array;
  readonly rejected: Float64Array;
  /** log π_θ − log μ of both responses together. */
  readonly behavior: Float64Array;
}

/** How pairs are weighted; DPO has α = 0. */
export interface PairWeighting {
  readonly alpha: number;
  readonly normalization: Normalization;
}

/**
 * The slope of DPO's weighted loss, averaged over the batch, by each pair's chosen log-probability; the rejected one's is its
 * negative.
 *
 * ∂/∂log π_θ(y_w) (1/B)·Σ w·(−log σ(βρ)) = −w·β·σ(−βρ)/B, with w = exp(α·(s_w + s_l)) held constant, s = log π_θ − log μ
 *
 * All responses have one length, so both have the same α.
 */
export function pairSlopes(
  { chosen, rejected, behavior }: PairRatios,
  beta: number,
  { alpha, normalization }: PairWeighting,
  slopes: Float64Array,
): Float64Array {
  const batch = slopes.length;
  let sum = 0;
  for (let pair = 0; pair < batch; pair++) {
    const weight = alpha === 0 ? 1 : Math.exp(alpha * (behavior[pair] as number));
    slopes[pair] = weight;
    sum += weight;
  }
  const mean = sum / batch;
  for (let pair = 0; pair < batch; pair++) {
    const own = slopes[pair] as number;
    const weight = normalization === 'none' ? own : normalization === 'self' ? own / mean : mean;
    const margin = beta * ((chosen[pair] as number) - (rejected[pair] as number));
    slopes[pair] = (-weight * beta) / ((1 + Math.exp(margin)) * batch);
  }
  return slopes;
}
