import { adaptiveAndPlain, comparisonClaim } from '../../claims/comparison-claims.js';
import { methodClaim } from '../../claims/method-claims.js';
import { negligible } from '../../claims/negligible.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import { withAndWithout } from '../../measures/find-sweep.js';
import { fallOverBeta } from '../../measures/peak-measures.js';
import type { StudySweep } from '../../measures/study-lines.js';
import {
  differenceAtEqualKl,
  endNumbers,
  klForBestRate,
  lossFromBeta,
} from '../../measures/win-rate-measures.js';

/** Where the paper's curves are near their best, and where they have fallen. */
const nearBest = 0.1;
const overBeta = (sweep: StudySweep) => lossFromBeta(sweep, nearBest);
const beside = (sweep: StudySweep) => [fallOverBeta(sweep), ...endNumbers(sweep)];

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
      `With more KL, from β = 0.1 to β = 0.01, the win rate of ${name} falls.`,
      (study) => withAndWithout(study, objective)?.plain,
      overBeta,
      { above: 0 },
      beside,
    ),
    methodClaim(
      `With more KL, from β = 0.1 to β = 0.01, the win rate of AIS-${name} does not fall.`,
      (study) => withAndWithout(study, objective)?.adaptive,
      overBeta,
      { below: negligible },
      beside,
    ),
  ];
});
