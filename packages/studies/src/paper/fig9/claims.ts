import type { StudyClaim } from '../../claims/study-claim.js';
import { findSweep, withAndWithout } from '../../measures/find-sweep.js';
import { differenceOfBest } from '../../measures/peak-measures.js';
import { klShare } from '../../measures/win-rate-measures.js';

export const claims: readonly StudyClaim[] = [
  {
    statement:
      'With α = 1/√|y| the best win rate is lower than that of DPO and of AIS-DPO, and the KL is the lowest.',
    measure: (study) => {
      const root = findSweep(study, { objective: 'dpo', importance: 'inverse-sqrt-length' });
      const found = withAndWithout(study, 'dpo');
      if (!root || !found) return undefined;
      const plainShare = klShare(root, found.plain);
      const adaptiveShare = klShare(root, found.adaptive);
      if (!plainShare || !adaptiveShare) return undefined;
      return {
        plain: differenceOfBest(root, found.plain).rate,
        adaptive: differenceOfBest(root, found.adaptive).rate,
        plainShare,
        adaptiveShare,
      };
    },
    criterion: {
      holds: [
        { of: 'plain', below: 0 },
        { of: 'adaptive', below: 0 },
        { of: 'plainShare', below: 1 },
        { of: 'adaptiveShare', below: 1 },
      ],
      inPart: [
        { of: 'adaptive', below: 0 },
        { of: 'adaptiveShare', below: 1 },
      ],
    },
  },
];
