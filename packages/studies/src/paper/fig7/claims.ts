import { negligible } from '../../claims/negligible.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import { withAndWithout } from '../../measures/find-sweep.js';
import { fallAlongEpoch } from '../../measures/peak-measures.js';
import { endNumbers, klShare } from '../../measures/win-rate-measures.js';

export const claims: readonly StudyClaim[] = (['dpo', 'ipo'] as const).map((objective): StudyClaim => {
  const name = objective.toUpperCase();
  return {
    statement: `Over the whole epoch, AIS-${name} keeps its win rate, at less KL than ${name}.`,
    measure: (study) => {
      const found = withAndWithout(study, objective);
      const share = found && klShare(found.adaptive, found.plain);
      return (
        share && {
          fall: fallAlongEpoch(found.adaptive).fall,
          share,
          ...endNumbers([found.plain, found.adaptive]),
        }
      );
    },
    criterion: {
      holds: [
        { of: 'fall', below: negligible },
        { of: 'share', below: 1 },
      ],
      inPart: [
        { of: 'fall', below: negligible },
        { of: 'share', below: 1 },
      ],
    },
  };
});
