import { both, comparisonClaim } from '../../claims/comparison-claims.js';
import { methodClaim } from '../../claims/method-claims.js';
import { dpoOn, shiftClaims } from '../../claims/shift-claims.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import { differenceOfBest, fallOverBeta } from '../../measures/peak-measures.js';
import { endNumbers, lossAtLeastBeta, lossFromBeta } from '../../measures/win-rate-measures.js';

export const claims: readonly StudyClaim[] = [
  ...shiftClaims('beta'),
  methodClaim(
    'On D3, from β = 0.1 to β = 0.01, the win rate of DPO falls: it over-optimizes.',
    dpoOn('D3'),
    (sweep) => lossFromBeta(sweep, 0.1),
    { above: 0 },
    (sweep) => [fallOverBeta(sweep), ...endNumbers(sweep)],
  ),
  comparisonClaim(
    'From β = 0.1 to β = 0.01, DPO loses more on D3 than on D1: over-optimization comes earlier.',
    both(dpoOn('D3'), dpoOn('D1')),
    (first, second) => lossAtLeastBeta(first, second, 0.1),
    { above: 0 },
    (first, second) => Object.values(differenceOfBest(first, second)),
  ),
];
