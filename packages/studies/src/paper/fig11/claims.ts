import { negligible } from '../../claims/negligible.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import { withAndWithout } from '../../measures/find-sweep.js';
import { differenceAtEnd, klShare } from '../../measures/win-rate-measures.js';

export const claims: readonly StudyClaim[] = [
  {
    statement:
      'On D1, whose pairs the SFT model sampled, AIS-DPO and DPO win about as often, at about the same KL.',
    measure: (study) => {
      const found = withAndWithout(study, 'dpo', 'D1');
      const share = found && klShare(found.adaptive, found.plain);
      return share && { end: differenceAtEnd(found.adaptive, found.plain), share };
    },
    criterion: {
      holds: [
        { of: 'end', above: -negligible, below: negligible },
        { of: 'share', above: 0.8, below: 1.25 },
      ],
      inPart: [{ of: 'end', above: -negligible, below: negligible }],
    },
  },
  {
    statement: 'On the shifted data D2 and D3, AIS-DPO wins more often than DPO, with less KL.',
    measure: (study) => {
      const shifted = withAndWithout(study, 'dpo', 'D2');
      const far = withAndWithout(study, 'dpo', 'D3');
      const share = shifted && klShare(shifted.adaptive, shifted.plain);
      const farShare = far && klShare(far.adaptive, far.plain);
      if (!share || !farShare) return undefined;
      return {
        D2: differenceAtEnd(shifted.adaptive, shifted.plain),
        D3: differenceAtEnd(far.adaptive, far.plain),
        share,
        farShare,
      };
    },
    criterion: {
      holds: [
        { of: 'D2', above: 0 },
        { of: 'D3', above: 0 },
        { of: 'share', below: 1 },
        { of: 'farShare', below: 1 },
      ],
      inPart: [
        { of: 'D2', above: 0 },
        { of: 'D3', above: 0 },
      ],
    },
  },
];
