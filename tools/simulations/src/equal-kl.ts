import { compareAtKlOverSeeds, type EvaluationPoint } from '@ais/gold-eval';
import type { Random } from '@ais/runtime/random';
import { inStudies, meanOf, measuredSpread, type StudySize, shareOf } from './simulated-study.js';

/** What studies find out about a difference at equal √KL. */
export interface AtEqualKl extends StudySize {
  /** True difference, in points. */
  readonly difference: number;
  readonly covered: number;
  /** Half width of the interval, in points. */
  readonly half: number;
  readonly shown: number;
}

/** √KL of the evaluations of a method that goes far, and of one that goes less far. */
const FAR = [0.4, 0.8, 1.2, 1.6, 2];
const NEAR = [0.3, 0.6, 0.9, 1.2, 1.5];

/** How √KL differs by the seed, as a share of it. */
const KL_SPREAD = 0.05;

export function differencesAtEqualKl(studies: number): AtEqualKl[] {
  const sizes: readonly StudySize[] = [6, 12, 24].map((seeds) => ({ seeds, prompts: 512 }));
  return [0, 0.03].flatMap((difference) =>
    sizes.map((size) => {
      const found = inStudies(studies, `equal kl ${difference} ${size.seeds}`, (random) => {
        const prompts = Array.from({ length: size.prompts }, () => 0.6 * random.uniform() - 0.3);
        const near = curves(NEAR, difference, prompts, size, random);
        const far = curves(FAR, 0, prompts, size, random);
        const estimate = compareAtKlOverSeeds(near, far);
        if (!estimate) throw new Error('Both methods leave the start.');
        return estimate;
      });
      return {
        ...size,
        difference: 100 * difference,
        covered: shareOf(found, ({ low, high }) => low <= difference && difference <= high),
        half: 50 * meanOf(found.map(({ low, high }) => high - low)),
        shown: shareOf(found, ({ low }) => low > 0),
      };
    }),
  );
}

/** [seeds] evaluations of a method that wins more by one difference wherever it is. */
function curves(
  kls: readonly number[],
  difference: number,
  prompts: readonly number[],
  { seeds }: StudySize,
  random: Random,
): EvaluationPoint[][] {
  return Array.from({ length: seeds }, () => {
    const speed = 1 + KL_SPREAD * random.normal();
    const luck = measuredSpread.seed * random.normal();
    return kls.map((kl, index) => {
      const rate = 0.55 - 0.1 * (kl * speed - 0.8) ** 2 + difference + luck;
      const outcomes = prompts.map((own) => (random.uniform() < rate + own ? 1 : 0));
      return {
        fraction: index,
        squareRootKl: kl * speed,
        rate: meanOf(outcomes),
        n: outcomes.length,
        outcomes,
      };
    });
  });
}
