import { adaptiveAndPlain, comparisonClaim } from '../../claims/comparison-claims.js';
import { methodClaim } from '../../claims/method-claims.js';
import { negligible } from '../../claims/negligible.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import { withAndWithout } from '../../measures/find-sweep.js';
import { fallOverBeta } from '../../measures/peak-measures.js';
import { differenceAtEqualKl, klForBestRate } from '../../measures/win-rate-measures.js';

export const claims: readonly StudyClaim[] = (['dpo', 'ipo'] as const).flatMap((objective): StudyClaim[] => {
  const name = objective.toUpperCase();
  const two = adaptiveAndPlain(objective);
  return [
    comparisonClaim(
      `At the same KL, AIS-${name} wins more often than ${name}.`,
      two,
      differenceAtEqualKl,
      { above: 0 },
      klForBestRate,
    ),
    comparisonClaim(
      `At the same KL, AIS-${name} wins over 10 points more often than ${name}.`,
      two,
      differenceAtEqualKl,
      { above: 0.1 },
    ),
    methodClaim(
      `With more KL, the win rate of ${name} rises and falls again.`,
      (study) => withAndWithout(study, objective)?.plain,
      fallOverBeta,
      { above: 0 },
    ),
    methodClaim(
      `With more KL, the win rate of AIS-${name} does not fall.`,
      (study) => withAndWithout(study, objective)?.adaptive,
      fallOverBeta,
      { below: negligible },
    ),
  ];
});
