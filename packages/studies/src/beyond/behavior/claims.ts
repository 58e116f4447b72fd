import { both, comparisonClaim } from '../../claims/comparison-claims.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import type { PolicyStudyData } from '../../data/study-data.js';
import { findSweep, withAndWithout } from '../../measures/find-sweep.js';
import { differenceAtEnd } from '../../measures/win-rate-measures.js';

export const claims: readonly StudyClaim[] = (['D2', 'D3'] as const).flatMap((data) => {
  const informed = (study: PolicyStudyData) =>
    findSweep(study, { objective: 'dpo', importance: 'inverse-length', behavior: 'data', data });
  return [
    comparisonClaim(
      `On ${data}, weights that know the policy that wrote the pairs win more than weights by the SFT model.`,
      both(informed, (study) => withAndWithout(study, 'dpo', data)?.adaptive),
      differenceAtEnd,
      { above: 0 },
    ),
    comparisonClaim(
      `On ${data}, weights that know the policy that wrote the pairs win more than no weights.`,
      both(informed, (study) => withAndWithout(study, 'dpo', data)?.plain),
      differenceAtEnd,
      { above: 0 },
    ),
  ];
});
