import { negligible } from '../../claims/negligible.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import { withAndWithout } from '../../measures/find-sweep.js';
import { fallOverBeta } from '../../measures/peak-measures.js';
import { differenceAtEqualKl, differencesBefore, klForBestRate } from '../../measures/win-rate-measures.js';

export const claims: readonly StudyClaim[] = (['dpo', 'ipo'] as const).flatMap((objective): StudyClaim[] => {
  const name = objective.toUpperCase();
  return [
    {
      statement: `At the same KL, AIS-${name} wins over 10 points more often than ${name}.`,
      measure: (study) => {
        const found = withAndWithout(study, objective);
        if (!found) return undefined;
        const { adaptive, plain } = found;
        const difference = differenceAtEqualKl(adaptive, plain);
        return (
          difference && {
            difference,
            ...differencesBefore(adaptive, plain),
            ...klForBestRate(adaptive, plain),
          }
        );
      },
      criterion: { holds: [{ of: 'difference', above: 0.1 }], inPart: [{ of: 'difference', above: 0 }] },
    },
    {
      statement: `With more KL, the win rate of ${name} rises and falls again; that of AIS-${name} does not fall.`,
      measure: (study) => {
        const found = withAndWithout(study, objective);
        return (
          found && {
            plain: fallOverBeta(found.plain),
            adaptive: fallOverBeta(found.adaptive),
          }
        );
      },
      criterion: {
        holds: [
          { of: 'plain', above: 0 },
          { of: 'adaptive', below: negligible },
        ],
        inPart: [{ of: 'plain', above: 0 }],
      },
    },
  ];
});
