import { seedsInterval } from '@ais/gold-eval';
import type { PolicyStudyData, StudyRun } from '../study/study-data.js';
import type { Numbers } from './claim-decision.js';
import { fixedAlphas } from './find-sweep.js';
import { measuredOverSeeds } from './measured-number.js';
import { leastBeta, type StudySweep } from './study-lines.js';

/** How steadily and how fast the training loss falls, by α. */
export function trainingNumbers(study: PolicyStudyData): { stability: Numbers; speed: Numbers } | undefined {
  const fixed = fixedAlphas(study);
  const first = fixed[0];
  const last = fixed.at(-1);
  if (!first || !last || fixed.length < 2) return undefined;
  const overSeeds = (sweep: StudySweep, of: (losses: readonly LossPoint[]) => number): number[] =>
    leastBeta(sweep).runs.map(({ training }) => of(training));
  const rises = fixed.map(({ alpha, sweep }) => {
    const estimate = seedsInterval(overSeeds(sweep, riseSinceLowest), 0, 2);
    return {
      alpha,
      number: measuredOverSeeds(`the loss’ rise since its lowest, α = ${alpha}`, 'share', estimate),
    };
  });
  const worst = rises.reduce((most, one) => (one.number.value > most.number.value ? one : most));
  const slow = overSeeds(first.sweep, halfWay);
  const fast = overSeeds(last.sweep, halfWay);
  const earlier = seedsInterval(
    slow.map((value, seed) => value - (fast[seed] ?? Number.NaN)),
    0,
    2,
  );
  if (![...rises.map(({ number }) => number.value), earlier.value].every(Number.isFinite)) return undefined;
  return {
    stability: {
      rise: {
        ...worst.number,
        name: `the largest rise of a loss since its lowest, as a share of its fall (α = ${worst.alpha})`,
      },
    },
    speed: {
      earlier: measuredOverSeeds(
        `how much earlier in the epoch half of the fall is done at α = ${last.alpha} than at α = ${first.alpha}`,
        'share',
        earlier,
      ),
      ...Object.fromEntries(
        fixed.map(({ alpha, sweep }) => [
          `half${alpha}`,
          measuredOverSeeds(
            `where half of the fall is done, α = ${alpha}`,
            'share',
            seedsInterval(overSeeds(sweep, halfWay), 0, 2),
          ),
        ]),
      ),
    },
  };
}

type LossPoint = StudyRun['training'][number];

/** How far the loss ends above its lowest point, as a share of how far it had fallen until then. */
function riseSinceLowest(training: readonly LossPoint[]): number {
  const losses = training.map(({ loss }) => loss);
  const lowest = Math.min(...losses);
  const fallen = (losses[0] ?? Number.NaN) - lowest;
  // A loss that never fell has nothing to lose, and is not stable either.
  return fallen > 0 ? ((losses.at(-1) ?? Number.NaN) - lowest) / fallen : 1;
}

/** Where in the epoch the loss has first done half of the way from its first to its lowest point. */
function halfWay(training: readonly LossPoint[]): number {
  const losses = training.map(({ loss }) => loss);
  const half = ((losses[0] ?? Number.NaN) + Math.min(...losses)) / 2;
  return training.find(({ loss }) => loss <= half)?.fraction ?? Number.NaN;
}
