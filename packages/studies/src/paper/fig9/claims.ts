import { both, comparisonClaim } from '../../claims/comparison-claims.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import type { PolicyStudyData } from '../../data/study-data.js';
import { adaptiveSweep, findSweep, withAndWithout } from '../../measures/find-sweep.js';
import { differenceOfBest } from '../../measures/peak-measures.js';
import type { StudySweep } from '../../measures/study-lines.js';
import { differenceOnAverage, klShare } from '../../measures/win-rate-measures.js';

const root = (study: PolicyStudyData): StudySweep | undefined =>
  findSweep(study, { objective: 'dpo', importance: 'inverse-sqrt-length' });

export const claims: readonly StudyClaim[] = (
  [
    ['DPO', (study: PolicyStudyData) => withAndWithout(study, 'dpo')?.plain],
    ['AIS-DPO with α = 1/|y|', adaptiveSweep],
  ] as const
).flatMap(([name, other]) => [
  comparisonClaim(
    `Averaged over the epoch, α = 1/√|y| wins less often than ${name}.`,
    both(root, other),
    (first, second) => differenceOnAverage(first, second),
    { below: 0 },
    (first, second) => Object.values(differenceOfBest(first, second)),
  ),
  comparisonClaim(`α = 1/√|y| ends with less KL than ${name}.`, both(root, other), klShare, { below: 1 }),
]);
