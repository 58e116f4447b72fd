import { seedsInterval } from '@ais/gold-eval';
import type { StudyRun } from '../data/study-data.js';
import { atCommonBetas } from './common-betas.js';
import { type MeasuredNumber, measuredOverSeeds, type Unit } from './measured-number.js';
import { leastBeta, type StudySweep } from './study-lines.js';

type Losses = readonly { readonly fraction: number; readonly loss: number }[];

/** How far a method's loss of a pair, its weight divided out, ends above that at half of training, as a share of its start. */
export function lossRise(sweep: StudySweep): MeasuredNumber | undefined {
  return overSeeds(
    sweep,
    `how far the loss of a pair ends above that at half of training, as a share of its start, of ${sweep.title}`,
    'share',
    valuesOf(sweep, pairLosses, riseSinceHalf),
  );
}

/**
 * How much earlier one method's training loss has done half of its fall than another's.
 *
 * A weighted loss falls where its weights do, whatever is learned. So it can be looked at with the mean weight divided out.
 */
export function halfWayEarlier(
  fast: StudySweep,
  slow: StudySweep,
  loss: 'loss of a pair' | 'weighted loss',
): MeasuredNumber | undefined {
  const found = atCommonBetas(fast, slow);
  if (!found) return undefined;
  const losses = loss === 'loss of a pair' ? pairLosses : ({ training }: StudyRun) => training;
  const [own, other] = found.map((sweep) => valuesOf(sweep, losses, halfWay)) as [number[], number[]];
  const what =
    loss === 'loss of a pair' ? 'the loss of a pair, its weight divided out,' : 'the weighted loss';
  return overSeeds(
    fast,
    `how much earlier half of the fall of ${what} is done by ${found[0].title} than by ${found[1].title}`,
    'share of training',
    other.map((value, seed) => value - (own[seed] ?? Number.NaN)),
  );
}

/** Where in training half of the fall of a method's loss of a pair is done. */
export function halfWayOf(sweep: StudySweep): MeasuredNumber | undefined {
  return overSeeds(
    sweep,
    `where half of the fall of the loss of a pair is done, of ${sweep.title}`,
    'share of training',
    valuesOf(sweep, pairLosses, halfWay),
  );
}

/** Undefined where a run reported no losses. */
function overSeeds(
  { confidence }: StudySweep,
  name: string,
  unit: Unit,
  perSeed: readonly number[],
): MeasuredNumber | undefined {
  if (!perSeed.every(Number.isFinite)) return undefined;
  return measuredOverSeeds(name, unit, seedsInterval(perSeed, 0, 2, confidence));
}

function valuesOf(
  sweep: StudySweep,
  losses: (run: StudyRun) => Losses,
  of: (losses: Losses) => number,
): number[] {
  return leastBeta(sweep).runs.map((run) => of(losses(run)));
}

/** The loss as if all weights were 1: Σ w·loss / Σ w, nearly. */
function pairLosses({ training }: StudyRun): Losses {
  return training.map(({ fraction, loss, meanWeight = 1 }) => ({ fraction, loss: loss / meanWeight }));
}

/** How far the loss ends above that at half of training, as a share of its first: places named in advance, no lowest of noisy values. */
function riseSinceHalf(losses: Losses): number {
  const half = losses.find(({ fraction }) => fraction >= 0.5)?.loss ?? Number.NaN;
  return ((losses.at(-1)?.loss ?? Number.NaN) - half) / (losses[0]?.loss ?? Number.NaN);
}

/**
 * Where in training the loss has first done half of the way from its first to its last value: at the end, 1, if it has not fallen by
 * then. Half of a rise is above the first value, which would pass for a loss that converged at once.
 */
function halfWay(losses: Losses): number {
  const [first = Number.NaN, last = Number.NaN] = [losses[0]?.loss, losses.at(-1)?.loss];
  if (last >= first) return 1;
  const half = (first + last) / 2;
  return losses.find(({ loss }) => loss <= half)?.fraction ?? Number.NaN;
}
