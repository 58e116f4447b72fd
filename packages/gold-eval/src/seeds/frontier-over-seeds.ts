import { type FrontierPoint, runningMaxima } from '../frontier/frontier-band.js';
import { meanRates, type SeedCurves } from './seed-curves.js';

/**
 * The win-rate–KL frontier of the mean curve over seeds, with its band.
 *
 * rate(κ_i) = max {mean rate_j : κ_j ≤ κ_i}, κ_i the mean √KL over seeds of the i-th evaluation: the seeds' points of one
 * β, or of one step, lie at slightly different √KL, and a frontier must not jump between them. low and high are the same
 * maxima of the ends of the K mean rates' intervals at Bonferroni's confidence 1 − (1 − confidence)/K, {@link
 * meanOverSeeds}'s, of one seed Wilson's, so that the band holds the whole frontier at once, as in {@link frontierBand}.
 *
 * @param curves [seeds][K] evaluations with their outcomes, the i-th of each seed made in the same way
 * @returns one point for each mean √KL, by rising √KL; rates and both ends never fall, and lie between 0 and 1
 * @throws {GoldEvalError} `invalid-lengths` if there is no seed or evaluation, their numbers differ, or outcomes were not
 *   kept, `invalid-value` for a bad √KL, `invalid-option` for a bad confidence
 * @example
 * const curve = [[0, 0], [1, 1], [1, 0]].map((outcomes, index) => ({
 *   fraction: index, squareRootKl: index, rate: (outcomes[0]! + outcomes[1]!) / 2, n: 2, outcomes,
 * }));
 * console.log(frontierOverSeeds([curve]).map(({ rate }) => rate)); // [ 0, 1, 1 ]
 */
export function frontierOverSeeds(
  curves: SeedCurves,
  { confidence }: { readonly confidence?: number | undefined } = {},
): FrontierPoint[] {
  const points = meanRates(curves, 'a frontier over seeds', confidence).map(
    ({ value: rate, low, high }, index) => {
      const kls = curves.map((curve) => curve[index]?.squareRootKl ?? Number.NaN);
      return { squareRootKl: kls.reduce((sum, kl) => sum + kl, 0) / kls.length, rate, low, high };
    },
  );
  return runningMaxima(points.sort((a, b) => a.squareRootKl - b.squareRootKl));
}
