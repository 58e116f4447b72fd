import { seedsInterval } from '@ais/gold-eval';
import type { Numbers } from '../claims/claim-decision.js';
import type { PolicyStudyData, StudyRun } from '../data/study-data.js';
import { fixedAlphas } from './find-sweep.js';
import { type MeasuredNumber, measuredOverSeeds, type Unit } from './measured-number.js';
import { leastBeta, type StudySweep } from './study-lines.js';

type Losses = readonly { readonly fraction: number; readonly loss: number }[];

/**
 * How steadily and how fast the training loss falls, by α.
 *
 * A weighted loss falls where its weights do, whatever is learned. So the loss is looked at with the mean weight divided out
 * as well.
 */
export function trainingNumbers(study: PolicyStudyData): { stability: Numbers; speed: Numbers } | undefined {
  const fixed = fixedAlphas(study);
  const first = fixed[0];
  const last = fixed.at(-1);
  if (!first || !last || fixed.length < 2) return undefined;
  const rises = fixed.map(({ alpha, sweep }) =>
    overSeeds(
      `how far the loss of a pair ends above its lowest, as a share of its start, α = ${alpha}`,
      'share',
      valuesOf(sweep, pairLosses, riseSinceLowest),
    ),
  );
  // If the interval that reaches highest ends below a bound, all do.
  const worst = rises.reduce((most, one) => (one.high > most.high ? one : most));
  const earlier = (what: string, losses: (run: StudyRun) => Losses): MeasuredNumber => {
    const fast = valuesOf(last.sweep, losses, halfWay);
    const slow = valuesOf(first.sweep, losses, halfWay);
    return overSeeds(
      `how much earlier half of the fall of ${what} is done at α = ${last.alpha} than at α = ${first.alpha}`,
      'share of the epoch',
      slow.map((value, seed) => value - (fast[seed] ?? Number.NaN)),
    );
  };
  const speed = {
    pair: earlier('the loss of a pair, its weight divided out,', pairLosses),
    weighted: earlier('the weighted loss', ({ training }) => training),
  };
  const deciding = [...rises, ...Object.values(speed)];
  if (!deciding.every(({ value }) => Number.isFinite(value))) return undefined;
  return {
    stability: { rise: worst, ...Object.fromEntries(rises.map((rise, index) => [`rise${index}`, rise])) },
    speed: {
      ...speed,
      ...Object.fromEntries(
        fixed.map(({ alpha, sweep }) => [
          `half${alpha}`,
          overSeeds(
            `where half of the fall of the loss of a pair is done, α = ${alpha}`,
            'share of the epoch',
            valuesOf(sweep, pairLosses, halfWay),
          ),
        ]),
      ),
    },
  };
}

function overSeeds(name: string, unit: Unit, perSeed: readonly number[]): MeasuredNumber {
  return measuredOverSeeds(name, unit, seedsInterval(perSeed, 0, 2));
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

/** How far the loss ends above its lowest point, as a share of its first. */
function riseSinceLowest(losses: Losses): number {
  const values = losses.map(({ loss }) => loss);
  return ((values.at(-1) ?? Number.NaN) - Math.min(...values)) / (values[0] ?? Number.NaN);
}

/** Where in the epoch the loss has first done half of the way from its first to its lowest point. */
function halfWay(losses: Losses): number {
  const values = losses.map(({ loss }) => loss);
  const half = ((values[0] ?? Number.NaN) + Math.min(...values)) / 2;
  return losses.find(({ loss }) => loss <= half)?.fraction ?? Number.NaN;
}
