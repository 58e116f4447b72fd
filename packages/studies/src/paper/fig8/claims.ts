import { both, comparisonClaim } from '../../claims/comparison-claims.js';
import { methodClaim } from '../../claims/method-claims.js';
import { negligible } from '../../claims/negligible.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import { atAlpha, squareRootKlLess } from '../../measures/alpha-measures.js';
import { adaptiveSweep } from '../../measures/find-sweep.js';
import { fallAlongEpoch } from '../../measures/peak-measures.js';
import {
  differenceAtEnd,
  differenceOnAverage,
  endNumbers,
  fallInSecondHalf,
} from '../../measures/win-rate-measures.js';
import { fixedAlphaValues } from '../../methods/methods.js';

export const claims: readonly StudyClaim[] = [
  ...[0, 0.4].map((alpha) =>
    comparisonClaim(
      `Averaged over the epoch, a small fixed α of 0.05 wins more often than ${alpha === 0 ? 'DPO' : `α = ${alpha}`}.`,
      both(atAlpha(0.05), atAlpha(alpha)),
      (first, second) => differenceOnAverage(first, second),
      { above: 0 },
    ),
  ),
  comparisonClaim(
    'α = 0.1 regularizes: it ends with less KL than α = 0.',
    both(atAlpha(0.1), atAlpha(0)),
    squareRootKlLess,
    {
      below: 0,
    },
  ),
  comparisonClaim(
    'Beyond α = 0.1 the weights’ variance undoes it: α = 0.4 ends with more KL.',
    both(atAlpha(0.4), atAlpha(0.1)),
    squareRootKlLess,
    { above: 0 },
  ),
  ...fixedAlphaValues.map((alpha) =>
    methodClaim(
      `With α = ${alpha}, the win rate does not fall as training goes on.`,
      atAlpha(alpha),
      fallInSecondHalf,
      { below: negligible },
      (sweep) => [fallAlongEpoch(sweep), ...endNumbers(sweep)],
    ),
  ),
  ...fixedAlphaValues.map((alpha) =>
    comparisonClaim(
      `At the end, the adaptive α = 1/|y| wins at least as often as the fixed α = ${alpha}, less 2 points.`,
      both(adaptiveSweep, atAlpha(alpha)),
      differenceAtEnd,
      { above: -0.02 },
    ),
  ),
  {
    ...comparisonClaim(
      'A fixed α of 0.2 ends with a higher win rate than DPO.',
      both(atAlpha(0.2), atAlpha(0)),
      differenceAtEnd,
      { above: 0 },
    ),
    foundAfterwards: true,
  },
];
