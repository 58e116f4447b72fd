import { negligible } from '../../claims/negligible.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import { withAndWithout } from '../../measures/find-sweep.js';
import { differenceOfFalls, fallAlongEpoch, riseAlongEpoch } from '../../measures/peak-measures.js';
import { endAndKlShare } from '../../measures/win-rate-measures.js';

export const claims: readonly StudyClaim[] = [
  {
    statement: 'DPO wins most early, at 20 % of the epoch, and falls from then on.',
    measure: (study) => {
      const found = withAndWithout(study, 'dpo');
      return found && { ...fallAlongEpoch(found.plain), rise: riseAlongEpoch(found.plain) };
    },
    criterion: {
      holds: [
        { of: 'fall', above: 0 },
        { of: 'rise', above: 0 },
        { of: 'peakAt', below: 0.5 },
      ],
      inPart: [{ of: 'fall', above: 0 }],
    },
  },
  {
    statement: 'The win rate of AIS-DPO does not degrade as training goes on.',
    measure: (study) => {
      const found = withAndWithout(study, 'dpo');
      return (
        found && {
          ...fallAlongEpoch(found.adaptive),
          less: differenceOfFalls(found.plain, found.adaptive),
        }
      );
    },
    criterion: { holds: [{ of: 'fall', below: negligible }], inPart: [{ of: 'less', above: 0 }] },
  },
  {
    statement: 'AIS-DPO ends with a higher win rate than DPO, with less than 35 % of its KL.',
    measure: (study) => {
      const found = withAndWithout(study, 'dpo');
      return found && endAndKlShare(found.adaptive, found.plain);
    },
    criterion: {
      holds: [
        { of: 'end', above: 0 },
        { of: 'share', below: 0.35 },
      ],
      inPart: [
        { of: 'end', above: 0 },
        { of: 'share', below: 1 },
      ],
    },
  },
];
