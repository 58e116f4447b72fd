import type { Claim, StudyData } from '../data/study-data.js';
import { hasInterval } from '../measures/measured-number.js';
import { criterionText, decide } from './claim-decision.js';
import type { StudyClaim } from './study-claim.js';

/** A claim with what it rests on, for a reader. */
export interface JudgedClaim {
  readonly claim: Claim;
  /** When it would hold, and when in part. */
  readonly criterion: string;
}

/** Each claim beside what was measured for it, and whether it stands; one whose runs the study lacks is left out. */
export function judgeClaims<Data extends StudyData>(
  claims: readonly StudyClaim<Data>[],
  study: Data,
): JudgedClaim[] {
  return claims.flatMap(({ statement, measure, criterion }) => {
    const numbers = measure(study);
    if (!numbers) return [];
    const measured = Object.values(numbers).map((number) => {
      const { name, value, low, high, method = '' } = number;
      return { name, value, ...(hasInterval(number) && { interval: { low, high, method } }) };
    });
    const claim: Claim = {
      figure: study.study,
      statement,
      measured,
      seeds: study.seeds,
      ...decide(numbers, criterion),
    };
    return [{ claim, criterion: criterionText(numbers, criterion) }];
  });
}
