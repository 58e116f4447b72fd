import { type EvaluationPoint, fallOverSeeds } from '@ais/gold-eval';
import { inStudies, meanOf, shareOf, simulatedRuns } from './simulated-study.js';

/** Which rate a search chooses: the least whose mean win rate falls by 10 points. */
export interface Searches {
  readonly seeds: number;
  /** By the true fall at each rate, in points, the share of searches that choose it. */
  readonly chosen: readonly number[];
  readonly none: number;
}

/** True falls at rising rates. */
export const TRUE_FALLS: readonly number[] = [0, 0.05, 0.1, 0.2];

const SOUGHT = 0.1;
const EVALUATIONS = 5;

export function searchesDone(studies: number): Searches[] {
  return [1, 3, 5].map((seeds) => {
    const found = inStudies(studies, `search ${seeds}`, (random) =>
      TRUE_FALLS.findIndex((fall) => {
        const runs = simulatedRuns(ratesWith(fall), { seeds, prompts: 512 }, random);
        return fallOverSeeds(runs.map(curve)).value >= SOUGHT;
      }),
    );
    return {
      seeds,
      chosen: TRUE_FALLS.map((_, rate) => shareOf(found, (choice) => choice === rate)),
      none: shareOf(found, (choice) => choice === -1),
    };
  });
}

/** A rise by 10 points to the second evaluation, and then an even fall. */
function ratesWith(fall: number): number[] {
  return Array.from({ length: EVALUATIONS + 1 }, (_, index) =>
    index <= 2 ? 0.4 + 0.05 * index : 0.5 - (fall * (index - 2)) / (EVALUATIONS - 2),
  );
}

function curve(evaluations: readonly (readonly number[])[]): EvaluationPoint[] {
  return evaluations.map((outcomes, index) => ({
    fraction: index / EVALUATIONS,
    squareRootKl: index,
    rate: meanOf(outcomes),
    n: outcomes.length,
    outcomes,
  }));
}
