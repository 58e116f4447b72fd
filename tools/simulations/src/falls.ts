import { type EvaluationPoint, fallOverSeeds } from '@ais/gold-eval';
import { inStudies, type StudySize, shareOf, simulatedRuns } from './simulated-study.js';

/** What studies find out about a fall since the peak whose true size is known. */
export interface Falls extends StudySize {
  /** In points. */
  readonly fall: number;
  /** Share of studies whose interval holds the true fall. */
  readonly covered: number;
  /** Share that show a fall. */
  readonly shown: number;
  /** Share that show that there is none of 5 points. */
  readonly below5: number;
}

const EVALUATIONS = 10;

export function fallsFound(studies: number): Falls[] {
  const sizes: readonly StudySize[] = [
    { seeds: 3, prompts: 256 },
    { seeds: 5, prompts: 256 },
    { seeds: 10, prompts: 256 },
  ];
  return [0, 0.1].flatMap((fall) =>
    sizes.map((size) => {
      const found = inStudies(studies, `fall ${fall} ${size.seeds}`, (random) =>
        fallOverSeeds(simulatedRuns(ratesWith(fall), size, random).map(curve)),
      );
      return {
        ...size,
        fall: 100 * fall,
        covered: shareOf(found, ({ low, high }) => low <= fall && fall <= high),
        shown: shareOf(found, ({ low }) => low > 0),
        below5: shareOf(found, ({ high }) => high < 0.05),
      };
    }),
  );
}

/** Win rates that rise by 15 points to a peak at a third of training, and then fall evenly. */
function ratesWith(fall: number): number[] {
  return Array.from({ length: EVALUATIONS + 1 }, (_, index) => {
    const share = index / EVALUATIONS;
    return share <= 0.3 ? 0.35 + share / 2 : 0.5 - (fall * (share - 0.3)) / 0.7;
  });
}

function curve(evaluations: readonly (readonly number[])[]): EvaluationPoint[] {
  return evaluations.map((outcomes, index) => ({
    fraction: index / EVALUATIONS,
    squareRootKl: index,
    rate: outcomes.reduce((sum, value) => sum + value, 0) / outcomes.length,
    n: outcomes.length,
    outcomes,
  }));
}
