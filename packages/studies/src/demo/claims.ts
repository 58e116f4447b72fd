import { adaptiveAndPlain, comparisonClaim } from '../claims/comparison-claims.js';
import { methodClaim } from '../claims/method-claims.js';
import type { StudyClaim } from '../claims/study-claim.js';
import type { PolicyStudyData } from '../data/study-data.js';
import { withAndWithout } from '../measures/find-sweep.js';
import { fallAlongEpoch, riseAlongEpoch } from '../measures/peak-measures.js';
import type { StudySweep } from '../measures/study-lines.js';
import { differenceAtEnd, klShare } from '../measures/win-rate-measures.js';

const plain = (study: PolicyStudyData): StudySweep | undefined => withAndWithout(study, 'dpo')?.plain;
const two = adaptiveAndPlain('dpo');

export const claims: readonly StudyClaim[] = [
  methodClaim('The win rate of DPO rises at first.', plain, riseAlongEpoch, { above: 0 }),
  methodClaim('Then it falls: DPO over-optimizes.', plain, fallAlongEpoch, { above: 0 }),
  comparisonClaim('AIS-DPO ends with a higher win rate than DPO.', two, differenceAtEnd, { above: 0 }),
  comparisonClaim('AIS-DPO ends with less KL than DPO.', two, klShare, { below: 1 }),
];
