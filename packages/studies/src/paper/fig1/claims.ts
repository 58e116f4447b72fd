import type { StudyClaim } from '../../claims/study-claim.js';
import type { MixtureStudyData } from '../../data/study-data.js';
import { drawn, exactly } from '../../measures/measured-number.js';

/** A claim about how a loss over the data follows KL: its correlation in expectation decides, the sampled one is beside it. */
function correlationClaim(
  statement: string,
  name: string,
  loss: 'importanceWeighted' | 'muWeighted',
  bound: StudyClaim['bound'],
): StudyClaim<MixtureStudyData> {
  return {
    statement,
    number: ({ mixture }) =>
      exactly(`${name} correlation with KL, in expectation`, 'number', mixture[loss].correlation.expected),
    bound,
    beside: ({ mixture }) => [
      drawn(`${name} correlation with KL, sampled`, mixture[loss].correlation.sampled),
    ],
  };
}

export const claims: readonly StudyClaim<MixtureStudyData>[] = [
  correlationClaim(
    'The squared loss over the data, weighted by importance, follows the KL divergence.',
    'the weighted loss’',
    'importanceWeighted',
    { above: 0.7 },
  ),
  correlationClaim(
    'Unweighted, it does not follow the KL divergence.',
    'the unweighted loss’',
    'muWeighted',
    {
      below: 0.4,
    },
  ),
];
