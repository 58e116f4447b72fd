import type { StudyClaim } from '../../claims/study-claim.js';
import { findSweep, withAndWithout } from '../../measures/find-sweep.js';
import { differenceOfBest } from '../../measures/peak-measures.js';
import { bothAtEqualKl } from '../../measures/win-rate-measures.js';

export const claims: readonly StudyClaim[] = [
  {
    statement: 'RLOO, which trains on its own samples, wins more than DPO and AIS-DPO at the same KL.',
    measure: (study) => {
      const rloo = findSweep(study, { objective: 'rloo' });
      const found = withAndWithout(study, 'dpo');
      if (!rloo || !found) return undefined;
      return bothAtEqualKl([rloo, found.plain], [rloo, found.adaptive]);
    },
    criterion: {
      holds: [
        { of: 'first', above: 0 },
        { of: 'second', above: 0 },
      ],
      inPart: [
        { of: 'first', above: 0 },
        { of: 'second', above: 0 },
      ],
    },
  },
  {
    statement: 'AIS-DPO closes part of the gap between DPO and RLOO.',
    measure: (study) => {
      const rloo = findSweep(study, { objective: 'rloo' });
      const found = withAndWithout(study, 'dpo');
      if (!rloo || !found) return undefined;
      return {
        gap: differenceOfBest(rloo, found.plain).rate,
        closed: differenceOfBest(found.adaptive, found.plain).rate,
        left: differenceOfBest(rloo, found.adaptive).rate,
      };
    },
    criterion: {
      holds: [
        { of: 'gap', above: 0 },
        { of: 'closed', above: 0 },
      ],
      inPart: [{ of: 'closed', above: 0 }],
    },
  },
];
