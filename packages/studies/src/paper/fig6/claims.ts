import { adaptiveAndPlain, both, comparisonClaim } from '../../claims/comparison-claims.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import type { PolicyStudyData } from '../../data/study-data.js';
import { adaptiveSweep, findSweep, withAndWithout } from '../../measures/find-sweep.js';
import type { StudySweep } from '../../measures/study-lines.js';
import { differenceAtEqualKl } from '../../measures/win-rate-measures.js';

const rloo = (study: PolicyStudyData): StudySweep | undefined => findSweep(study, { objective: 'rloo' });

export const claims: readonly StudyClaim[] = [
  comparisonClaim(
    'At the same KL, RLOO, which trains on its own samples, wins more often than DPO.',
    both(rloo, (study) => withAndWithout(study, 'dpo')?.plain),
    differenceAtEqualKl,
    { above: 0 },
  ),
  comparisonClaim(
    'At the same KL, RLOO wins more often than AIS-DPO.',
    both(rloo, adaptiveSweep),
    differenceAtEqualKl,
    { above: 0 },
  ),
  comparisonClaim(
    'AIS-DPO closes part of the gap between DPO and RLOO: at the same KL it wins more often than DPO.',
    adaptiveAndPlain('dpo'),
    differenceAtEqualKl,
    { above: 0 },
  ),
];
