import { GoldEvalError } from '../errors.js';
import type { BootstrapOptions } from '../statistics/bootstrap.js';
import { meanRates, meanRatesAt, resampledRates, type SeedCurves } from './seed-curves.js';
import { bootstrapOverSeeds, type SeedsEstimate } from './seeds-interval.js';

/** A method's best evaluation, over seeds. */
export interface PeakOverSeeds {
  /** The highest mean win rate; `perSeed` and errors are of the evaluation that has it, the first of equals. */
  readonly rate: SeedsEstimate;
  /** √KL of each seed's own best evaluation, averaged, in √nats. */
  readonly squareRootKl: SeedsEstimate;
}

/**
 * The highest win rate of the mean curve, and where each seed has its own.
 *
 * rate = max_k (mean over seeds of rate_k): one evaluation for all seeds, because each seed's own maximum lies too high by
 * that seed's noise. Its lower end, that of the last point of {@link frontierOverSeeds}, is the largest lower end of the K
 * mean rates' intervals at Bonferroni's confidence: it knows that the peak was picked. Its upper end is the largest upper end
 * of their intervals at the confidence asked for, which bounds the true peak already, whichever evaluation has it.
 *
 * Gotcha: the place has {@link bootstrapOverSeeds}'s interval, each resample with its own peaks, which is rough: if several
 * evaluations are about as good as the best, no resample knows where the peak is.
 *
 * @param curves [seeds][K] evaluations with their outcomes, the i-th of each seed made in the same way
 * @param options seed and resamples are those of the place
 * @throws {GoldEvalError} `invalid-lengths` if there is no seed or evaluation, their numbers differ, or outcomes were not
 *   kept, `invalid-value` for a bad √KL, `invalid-option` for a bad option
 * @example
 * const curve = [[0, 0], [1, 1], [1, 0]].map((outcomes, index) => ({
 *   fraction: index, squareRootKl: index, rate: (outcomes[0]! + outcomes[1]!) / 2, n: 2, outcomes,
 * }));
 * const { rate, squareRootKl } = peakOverSeeds([curve]);
 * console.log(rate.value, squareRootKl.value); // 1 1
 */
export function peakOverSeeds(curves: SeedCurves, options: BootstrapOptions = {}): PeakOverSeeds {
  const rates = meanRates(curves, 'a peak over seeds', options.confidence);
  const peak = rates.reduce((most, rate) => (rate.value > most.value ? rate : most));
  const [squareRootKl] = bootstrapOverSeeds(
    curves.map((curve) =>
      resampledRates(curve, (values, kls) => {
        const best = values.reduce((most, value, index) => (value > (values[most] ?? 0) ? index : most), 0);
        return [kls[best] ?? Number.NaN];
      }),
    ),
    options,
  );
  if (!squareRootKl)
    throw new GoldEvalError('invalid-lengths', 'a peak needs at least one evaluation, got none.');
  const rate = {
    ...peak,
    confidence: squareRootKl.confidence,
    low: Math.max(...rates.map(({ low }) => low)),
    high: Math.max(...meanRatesAt(curves, 'a peak over seeds', options.confidence).map(({ high }) => high)),
  };
  return { rate, squareRootKl };
}
