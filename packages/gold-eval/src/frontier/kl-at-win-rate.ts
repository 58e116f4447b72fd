import { GoldEvalError } from '../errors.js';
import { type BootstrapOptions, bootstrapStatistics, percentileInterval } from '../statistics/bootstrap.js';
import { sampleMean } from '../statistics/sample-mean.js';
import type { Interval } from '../statistics/wilson-interval.js';
import { bestByKl, clustersOf, type EvaluationPoint } from './evaluation-point.js';
import { checkRate, firstCrossing } from './read-curve.js';

/** The KL budget that a method needs for a win rate. */
export interface KlAtWinRate {
  /** The smallest √KL at which the curve reaches the rate; Infinity if it never does. */
  readonly squareRootKl: number;
  /** Bootstrap interval over prompts; its ends are Infinity if resamples never reach the rate. */
  readonly interval: Interval | undefined;
  /** Share of the resamples that reach the rate. */
  readonly reached: number | undefined;
}

/**
 * How much KL a method needs to reach a win rate.
 *
 * The first crossing of the curve through the points by rising √KL, of several at one √KL the best alone, interpolated linearly; the
 * interval resamples prompts, or whole clusters of them, the same ones at every point, and takes each resample's first crossing.
 *
 * @param points evaluations of one method; without outcomes at every point there is no interval
 * @param rate the win rate to reach, between 0 and 1
 * @throws {GoldEvalError} `invalid-lengths` if there is no point or outcomes are for different numbers of prompts,
 *   `invalid-value` for a rate outside [0, 1] or a bad √KL, `invalid-option` for a bad option
 * @example
 * const points = [{ squareRootKl: 1, rate: 0.5 }, { squareRootKl: 3, rate: 0.7 }];
 * const curve = points.map((point) => ({ ...point, fraction: 1, n: 512 }));
 * console.log(klAtWinRate(curve, 0.6).squareRootKl.toFixed(2)); // 2.00
 */
export function klAtWinRate(
  points: readonly EvaluationPoint[],
  rate: number,
  options: BootstrapOptions = {},
): KlAtWinRate {
  checkRate(rate);
  const sorted = bestByKl(points);
  const [firstPoint] = sorted;
  if (!firstPoint)
    throw new GoldEvalError('invalid-lengths', 'a KL budget needs at least one evaluation, got none.');
  const kls = sorted.map(({ squareRootKl }) => squareRootKl);
  const squareRootKl = firstCrossing(
    kls,
    sorted.map((point) => point.rate),
    rate,
  );
  const outcomes = sorted.flatMap((point) => (point.outcomes ? [point.outcomes] : []));
  if (outcomes.length < sorted.length) return { squareRootKl, interval: undefined, reached: undefined };
  const prompts = outcomes[0]?.length ?? 0;
  if (outcomes.some(({ length }) => length !== prompts)) {
    throw new GoldEvalError(
      'invalid-lengths',
      'the evaluations kept outcomes for different numbers of prompts; evaluate all of them on the same prompts.',
    );
  }
  const crossings = bootstrapStatistics(
    prompts,
    (sample) =>
      firstCrossing(
        kls,
        outcomes.map((values) => sampleMean(values, sample)),
        rate,
      ),
    { resamples: 2000, ...options, clusters: clustersOf(sorted) },
  );
  return {
    squareRootKl,
    interval: percentileInterval(crossings, options.confidence),
    reached: crossings.filter(Number.isFinite).length / crossings.length,
  };
}
