import { adaptiveAndPlain, comparisonClaim } from '../../claims/comparison-claims.js';
import { methodClaim } from '../../claims/method-claims.js';
import { negligible } from '../../claims/negligible.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import { withAndWithout } from '../../measures/find-sweep.js';
import { fallAlongEpoch } from '../../measures/peak-measures.js';
import { endNumbers, fallInSecondHalf, klShare } from '../../measures/win-rate-measures.js';

export const claims: readonly StudyClaim[] = (['dpo', 'ipo'] as const).flatMap((objective): StudyClaim[] => {
  const name = objective.toUpperCase();
  return [
    methodClaim(
      `Over the whole epoch, AIS-${name} keeps its win rate.`,
      (study) => withAndWithout(study, objective)?.adaptive,
      fallInSecondHalf,
      { below: negligible },
      (sweep) => [fallAlongEpoch(sweep), ...endNumbers(sweep)],
    ),
    comparisonClaim(`AIS-${name} ends with less KL than ${name}.`, adaptiveAndPlain(objective), klShare, {
      below: 1,
    }),
  ];
});
