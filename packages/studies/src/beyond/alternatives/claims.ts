import type { StudyClaim } from '../../claims/study-claim.js';
import type { StudyMethod } from '../../data/study-data.js';
import { findSweep, withAndWithout } from '../../measures/find-sweep.js';
import { differenceOfBest } from '../../measures/peak-measures.js';
import { differenceAtEqualKl, differencesBefore } from '../../measures/win-rate-measures.js';
import { chiPo, clippedRatioDpo, lengthRegularizedDpo, wpo } from '../../methods/methods.js';

/** What AIS-DPO is compared with, and what a sentence calls it. */
const alternatives: readonly { readonly method: StudyMethod; readonly name: string }[] = [
  { method: wpo, name: 'WPO' },
  { method: chiPo, name: 'χPO' },
  { method: lengthRegularizedDpo, name: 'length-regularized DPO' },
  { method: clippedRatioDpo, name: 'DPO weighted by the clipped importance ratio' },
];

export const claims: readonly StudyClaim[] = alternatives.map(
  ({ method, name }): StudyClaim => ({
    statement: `At the same KL, AIS-DPO wins more often than ${name}.`,
    measure: (study) => {
      const other = findSweep(study, { title: method.title });
      const found = withAndWithout(study, 'dpo');
      const difference = other && found && differenceAtEqualKl(found.adaptive, other);
      return (
        difference && {
          difference,
          ...differencesBefore(found.adaptive, other),
          best: differenceOfBest(found.adaptive, other).rate,
        }
      );
    },
    criterion: { holds: [{ of: 'difference', above: 0 }], inPart: [{ of: 'best', above: 0 }] },
  }),
);
