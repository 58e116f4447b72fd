import { both, comparisonClaim } from '../../claims/comparison-claims.js';
import { methodClaim } from '../../claims/method-claims.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import { atAlpha } from '../../measures/alpha-measures.js';
import { halfWayEarlier, halfWayOf, lossRise } from '../../measures/training-measures.js';
import { fixedAlphaValues } from '../../methods/methods.js';

export const claims: readonly StudyClaim[] = [
  ...[0, ...fixedAlphaValues].map((alpha) =>
    methodClaim(
      `Training is stable at α = ${alpha}: in its second half the loss does not rise by a tenth.`,
      atAlpha(alpha),
      lossRise,
      { below: 0.1 },
      (sweep) => [halfWayOf(sweep) ?? []].flat(),
    ),
  ),
  ...(['loss of a pair', 'weighted loss'] as const).map((loss) =>
    comparisonClaim(
      `The ${loss} converges faster at α = 0.4 than at α = 0.`,
      both(atAlpha(0.4), atAlpha(0)),
      (fast, slow) => halfWayEarlier(fast, slow, loss),
      { above: 0 },
    ),
  ),
];
