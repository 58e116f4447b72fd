import type { StudyClaim } from '../claims/study-claim.js';
import { studyWords } from '../data/study-words.js';
import { withAndWithout } from '../measures/find-sweep.js';
import { fallAlongEpoch, riseAlongEpoch } from '../measures/peak-measures.js';
import { endAndKlShare } from '../measures/win-rate-measures.js';

export const claims: readonly StudyClaim[] = [
  {
    statement: 'The win rate of DPO rises, and then falls: it over-optimizes.',
    measure: (study) => {
      const found = withAndWithout(study, 'dpo');
      return (
        found && {
          rise: riseAlongEpoch(found.plain, studyWords(study).startModel),
          ...fallAlongEpoch(found.plain),
        }
      );
    },
    criterion: {
      holds: [
        { of: 'rise', above: 0 },
        { of: 'fall', above: 0 },
      ],
      inPart: [{ of: 'fall', above: 0 }],
    },
  },
  {
    statement: 'AIS-DPO ends with a higher win rate than DPO, with less KL.',
    measure: (study) => {
      const found = withAndWithout(study, 'dpo');
      return found && endAndKlShare(found.adaptive, found.plain);
    },
    criterion: {
      holds: [
        { of: 'end', above: 0 },
        { of: 'share', below: 1 },
      ],
      inPart: [
        { of: 'end', above: 0 },
        { of: 'share', below: 1 },
      ],
    },
  },
];
