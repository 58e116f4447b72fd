import { adaptiveAndPlain, both, comparisonClaim } from '../../claims/comparison-claims.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import type { PolicyStudyData } from '../../data/study-data.js';
import { adaptiveSweep, findSweep } from '../../measures/find-sweep.js';
import { differenceOfBest } from '../../measures/peak-measures.js';
import type { StudySweep } from '../../measures/study-lines.js';
import { differenceAtEqualKl } from '../../measures/win-rate-measures.js';

const rpo = (study: PolicyStudyData): StudySweep | undefined => findSweep(study, { objective: 'rpo' });
const dpo = (study: PolicyStudyData): StudySweep | undefined =>
  findSweep(study, { objective: 'dpo', importance: 'none' });

export const claims: readonly StudyClaim[] = [
  comparisonClaim(
    'At the same KL, AIS-DPO wins more often than RPO.',
    both(adaptiveSweep, rpo),
    differenceAtEqualKl,
    { above: 0 },
  ),
  comparisonClaim(
    'At the same KL, AIS-DPO wins more often than DPO.',
    adaptiveAndPlain('dpo'),
    differenceAtEqualKl,
    { above: 0 },
  ),
  comparisonClaim(
    'At the same KL, RPO wins more often than DPO.',
    both(rpo, dpo),
    differenceAtEqualKl,
    { above: 0 },
    (first, second) => Object.values(differenceOfBest(first, second)),
  ),
];
