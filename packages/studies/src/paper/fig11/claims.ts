import { adaptiveAndPlain, comparisonClaim } from '../../claims/comparison-claims.js';
import { negligible } from '../../claims/negligible.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import { differenceAtEnd, klShare } from '../../measures/win-rate-measures.js';

const near = adaptiveAndPlain('dpo', 'D1');

export const claims: readonly StudyClaim[] = [
  comparisonClaim(
    'On D1, whose pairs the SFT model sampled, AIS-DPO and DPO win about as often.',
    near,
    differenceAtEnd,
    { above: -negligible, below: negligible },
  ),
  comparisonClaim('On D1, AIS-DPO and DPO end with about the same KL.', near, klShare, {
    above: 0.8,
    below: 1.25,
  }),
  ...(['D2', 'D3'] as const).flatMap((data) => [
    comparisonClaim(
      `On the shifted data ${data}, AIS-DPO wins more often than DPO.`,
      adaptiveAndPlain('dpo', data),
      differenceAtEnd,
      { above: 0 },
    ),
    comparisonClaim(
      `On the shifted data ${data}, AIS-DPO ends with less KL than DPO.`,
      adaptiveAndPlain('dpo', data),
      klShare,
      { below: 1 },
    ),
  ]),
];
