import type { StudyClaim } from '../../claims/study-claim.js';
import type { MixtureStudyData } from '../../data/study-data.js';
import { drawn, exactly } from '../../measures/measured-number.js';

export const claims: readonly StudyClaim<MixtureStudyData>[] = [
  {
    statement: 'The squared loss over the data, weighted by importance, follows the KL divergence.',
    number: ({ mixture }) =>
      exactly(
        'the weighted loss’ correlation with KL, in expectation',
        'number',
        mixture.importanceWeighted.correlation.expected,
      ),
    bound: { above: 0.7 },
    beside: ({ mixture }) => [
      drawn(
        'the weighted loss’ correlation with KL, sampled',
        mixture.importanceWeighted.correlation.sampled,
      ),
    ],
  },
  {
    statement: 'Unweighted, it does not follow the KL divergence.',
    number: ({ mixture }) =>
      exactly(
        'the unweighted loss’ correlation with KL, in expectation',
        'number',
        mixture.muWeighted.correlation.expected,
      ),
    bound: { below: 0.4 },
    beside: ({ mixture }) => [
      drawn('the unweighted loss’ correlation with KL, sampled', mixture.muWeighted.correlation.sampled),
    ],
  },
];
