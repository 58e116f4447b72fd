import { adaptiveAndPlain, both, comparisonClaim } from '../../claims/comparison-claims.js';
import { dpoOn } from '../../claims/shift-claims.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import {
  differenceAtEnd,
  differenceAtEqualKl,
  klShare,
  lossBeyond,
} from '../../measures/win-rate-measures.js';

/** Where the paper sees DPO's best win rate. */
const early = 0.2;

export const claims: readonly StudyClaim[] = [
  ...(['D0', 'D1'] as const).flatMap((data): StudyClaim[] => {
    const two = adaptiveAndPlain('dpo', data);
    return [
      comparisonClaim(`On ${data}, AIS-DPO ends with a higher win rate than DPO.`, two, differenceAtEnd, {
        above: 0,
      }),
      comparisonClaim(`On ${data}, AIS-DPO ends with less KL than DPO.`, two, klShare, { below: 1 }),
      comparisonClaim(
        `On ${data}, AIS-DPO wins more often than DPO at the same KL.`,
        two,
        differenceAtEqualKl,
        { above: 0 },
      ),
    ];
  }),
  comparisonClaim(
    'Between 20 % of the epoch and its end, DPO loses more on D0 than on D1.',
    both(dpoOn('D0'), dpoOn('D1')),
    (first, second) => lossBeyond(first, second, early),
    { above: 0 },
  ),
];
