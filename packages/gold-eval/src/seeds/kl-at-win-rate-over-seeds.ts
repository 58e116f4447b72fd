import { bestByKl } from '../frontier/evaluation-point.js';
import { checkRate, firstCrossing } from '../frontier/read-curve.js';
import type { BootstrapOptions } from '../statistics/bootstrap.js';
import { resampledRates, type SeedCurves } from './seed-curves.js';
import { bootstrapOverSeeds, type SeedsEstimate } from './seeds-interval.js';

/**
 * The √KL that a method needs to reach a win rate, averaged over seeds.
 *
 * Each seed's first crossing of the curve through its points by rising √KL, of several at one √KL the best alone, with {@link bootstrapOverSeeds}'s interval; a
 * resample that never reaches the rate counts as its seed's largest √KL, which is too little.
 *
 * @param rate the win rate to reach, between 0 and 1
 * @returns undefined if a seed never reaches the rate, or more than a tenth of all seeds' resamples do not: then there is
 *   no meaningful mean
 * @throws {GoldEvalError} `invalid-lengths` if there is no seed or evaluation, or outcomes were not kept, `invalid-value`
 *   for a rate outside [0, 1] or a bad √KL, `invalid-option` for a bad option
 * @example
 * const curve = [[0, 0], [1, 1]].map((outcomes, index) => ({
 *   fraction: index, squareRootKl: index, rate: outcomes[0]!, n: 2, outcomes,
 * }));
 * console.log(klAtWinRateOverSeeds([curve], 0.5)?.value); // 0.5
 */
export function klAtWinRateOverSeeds(
  curves: SeedCurves,
  rate: number,
  options: BootstrapOptions = {},
): SeedsEstimate | undefined {
  checkRate(rate);
  let asked = 0;
  let missed = 0;
  const seeds = curves.map((curve) => {
    const largest = Math.max(...curve.map(({ squareRootKl }) => squareRootKl));
    return resampledRates(bestByKl(curve), (rates, kls) => {
      const crossing = firstCrossing(kls, rates, rate);
      asked++;
      if (!Number.isFinite(crossing)) missed++;
      return [Number.isFinite(crossing) ? crossing : largest];
    });
  });
  const reached = curves.every((curve) => curve.some((point) => point.rate >= rate));
  const [estimate] = bootstrapOverSeeds(seeds, options);
  return reached && missed <= asked / 10 ? estimate : undefined;
}
