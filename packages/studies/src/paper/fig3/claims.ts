import { adaptiveAndPlain, comparisonClaim } from '../../claims/comparison-claims.js';
import { methodClaim } from '../../claims/method-claims.js';
import { negligible } from '../../claims/negligible.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import type { PolicyStudyData } from '../../data/study-data.js';
import { withAndWithout } from '../../measures/find-sweep.js';
import { fallAlongEpoch, peakInTraining, riseAlongEpoch } from '../../measures/peak-measures.js';
import type { StudySweep } from '../../measures/study-lines.js';
import {
  differenceAtEnd,
  earlyLessEnd,
  earlyLessStart,
  endNumbers,
  fallInSecondHalf,
  klShare,
  lossBeyond,
} from '../../measures/win-rate-measures.js';

const plain = (study: PolicyStudyData): StudySweep | undefined => withAndWithout(study, 'dpo')?.plain;
const adaptive = (study: PolicyStudyData): StudySweep | undefined => withAndWithout(study, 'dpo')?.adaptive;
const two = adaptiveAndPlain('dpo');

/** Where the paper sees DPO's best win rate. */
const early = 0.2;

export const claims: readonly StudyClaim[] = [
  methodClaim(
    'The win rate of DPO rises at first.',
    plain,
    (sweep) => earlyLessStart(sweep, early),
    { above: 0 },
    (sweep) => [riseAlongEpoch(sweep), ...endNumbers(sweep)],
  ),
  methodClaim(
    'DPO wins more often at 20 % of the epoch than at its end.',
    plain,
    (sweep) => earlyLessEnd(sweep, early),
    { above: 0 },
    (sweep) => [fallAlongEpoch(sweep), peakInTraining(sweep), ...endNumbers(sweep)],
  ),
  methodClaim(
    'The win rate of AIS-DPO does not degrade as training goes on.',
    adaptive,
    fallInSecondHalf,
    { below: negligible },
    (sweep) => [fallAlongEpoch(sweep), peakInTraining(sweep), ...endNumbers(sweep)],
  ),
  comparisonClaim(
    'DPO loses more than AIS-DPO between 20 % of the epoch and its end.',
    two,
    (first, second) => lossBeyond(second, first, early),
    { above: 0 },
  ),
  comparisonClaim('AIS-DPO ends with a higher win rate than DPO.', two, differenceAtEnd, { above: 0 }),
  comparisonClaim('AIS-DPO ends with less KL than DPO.', two, klShare, { below: 1 }),
  comparisonClaim('AIS-DPO ends with less than 35 % of the KL of DPO.', two, klShare, { below: 0.35 }),
];
