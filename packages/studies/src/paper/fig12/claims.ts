import type { StudyClaim } from '../../claims/study-claim.js';
import { findSweep, withAndWithout } from '../../measures/find-sweep.js';
import { differenceOfBest } from '../../measures/peak-measures.js';
import { bothAtEqualKl, differenceAtEqualKl, differencesBefore } from '../../measures/win-rate-measures.js';

export const claims: readonly StudyClaim[] = [
  {
    statement: 'At the same KL, AIS-DPO wins more often than RPO and than DPO.',
    measure: (study) => {
      const rpo = findSweep(study, { objective: 'rpo' });
      const found = withAndWithout(study, 'dpo');
      if (!rpo || !found) return undefined;
      return bothAtEqualKl([found.adaptive, rpo], [found.adaptive, found.plain]);
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
    statement: 'At the same KL, RPO wins more often than DPO.',
    measure: (study) => {
      const rpo = findSweep(study, { objective: 'rpo' });
      const plain = findSweep(study, { objective: 'dpo', importance: 'none' });
      const difference = rpo && plain && differenceAtEqualKl(rpo, plain);
      return (
        difference && {
          difference,
          ...differencesBefore(rpo, plain),
          best: differenceOfBest(rpo, plain).rate,
        }
      );
    },
    criterion: { holds: [{ of: 'difference', above: 0 }], inPart: [{ of: 'best', above: 0 }] },
  },
];
