import { meanOverSeeds } from '@ais/gold-eval';
import { simultaneousConfidence } from '@ais/gold-eval/statistics';
import { inStudies, meanOf, measuredSpread, shareOf, simulatedDifferences } from './simulated-study.js';

/** How studies with looks decide "wins more often", for a true difference. */
export interface Looks {
  /** In points. */
  readonly difference: number;
  readonly shown: number;
  readonly refuted: number;
  readonly equivalent: number;
  readonly open: number;
  /** Mean number of seeds at which the study ends. */
  readonly seeds: number;
}

const LOOKS = [6, 12, 24];
const MARGIN = 0.02;

export function decisionsAtLooks(studies: number): Looks[] {
  return [0, 0.01, 0.02, 0.04, 0.06].map((difference) => {
    const ended = inStudies(studies, `looks ${difference}`, (random) => {
      const values = simulatedDifferences(difference, measuredSpread, { seeds: 24, prompts: 1024 }, random);
      for (const seeds of LOOKS) {
        const verdict = verdictOf(values.slice(0, seeds));
        if (verdict !== 'open') return { verdict, seeds };
      }
      return { verdict: 'open' as const, seeds: 24 };
    });
    const share = (verdict: (typeof ended)[number]['verdict']): number =>
      shareOf(ended, (one) => one.verdict === verdict);
    return {
      difference: 100 * difference,
      shown: share('shown'),
      refuted: share('refuted'),
      equivalent: share('equivalent'),
      open: share('open'),
      seeds: meanOf(ended.map(({ seeds }) => seeds)),
    };
  });
}

function verdictOf(values: readonly (readonly number[])[]): 'shown' | 'refuted' | 'equivalent' | 'open' {
  const { low, high } = meanOverSeeds(values, { range: 2, confidence: simultaneousConfidence(LOOKS.length) });
  if (low > 0) return 'shown';
  if (high <= 0) return 'refuted';
  return low >= -MARGIN && high <= MARGIN ? 'equivalent' : 'open';
}
