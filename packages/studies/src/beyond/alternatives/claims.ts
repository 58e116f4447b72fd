import { both, comparisonClaim } from '../../claims/comparison-claims.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import type { StudyMethod } from '../../data/study-method.js';
import { adaptiveSweep, findSweep } from '../../measures/find-sweep.js';
import { differenceOfBest } from '../../measures/peak-measures.js';
import { differenceAtEqualKl } from '../../measures/win-rate-measures.js';
import { chiPo, clippedRatioDpo, lengthRegularizedDpo, wpo } from '../../methods/methods.js';

/** What AIS-DPO is compared with, and what a sentence calls it. */
const alternatives: readonly { readonly method: StudyMethod; readonly name: string }[] = [
  { method: wpo, name: 'WPO' },
  { method: chiPo, name: 'χPO' },
  { method: lengthRegularizedDpo, name: 'length-regularized DPO' },
  { method: clippedRatioDpo, name: 'DPO weighted by the clipped importance ratio' },
];

export const claims: readonly StudyClaim[] = alternatives.map(({ method, name }) =>
  comparisonClaim(
    `At the same KL, AIS-DPO wins more often than ${name}.`,
    both(adaptiveSweep, (study) => findSweep(study, { title: method.title })),
    differenceAtEqualKl,
    { above: 0 },
    (first, second) => [differenceOfBest(first, second).rate],
  ),
);
