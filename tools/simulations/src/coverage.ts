import { meanOverSeeds, seedsInterval } from '@ais/gold-eval';
import {
  inStudies,
  meanOf,
  measuredSpread,
  type Spread,
  shareOf,
  simulatedDifferences,
} from './simulated-study.js';

/** How often the interval of a mean over seeds and prompts covers the truth, and how wide it is. */
export interface Coverage {
  readonly spread: string;
  readonly seeds: number;
  readonly covered: number;
  /** Mean half width, in points. */
  readonly half: number;
  /** Half width where the residual is counted twice, as a multiple. */
  readonly twice: number;
}

const spreads: Readonly<Record<string, Spread>> = {
  'as measured': measuredSpread,
  'no luck of training': { ...measuredSpread, seed: 0 },
  'much luck of training': { ...measuredSpread, seed: 0.08 },
  'prompts alike': { ...measuredSpread, prompt: 0 },
  'prompts unlike': { ...measuredSpread, prompt: 0.3 },
};

const PROMPTS = 256;

export function coverageOfMeans(studies: number): Coverage[] {
  return Object.entries(spreads).flatMap(([spread, values]) =>
    [2, 3, 6, 10, 20].map((seeds) => {
      const intervals = inStudies(studies, `coverage ${spread} ${seeds}`, (random) => {
        const found = meanOverSeeds(simulatedDifferences(0, values, { seeds, prompts: PROMPTS }, random), {
          range: 2,
        });
        const twice = seedsInterval(found.perSeed, found.promptError, PROMPTS);
        return { ...found, twice: twice.high - twice.low };
      });
      const half = meanOf(intervals.map(({ low, high }) => (high - low) / 2));
      return {
        spread,
        seeds,
        covered: shareOf(intervals, ({ low, high }) => low <= 0 && 0 <= high),
        half: 100 * half,
        twice: meanOf(intervals.map(({ twice }) => twice / 2)) / half,
      };
    }),
  );
}
