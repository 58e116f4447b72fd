import type { StudyClaim } from '../../claims/study-claim.js';
import type { MixtureStudyData } from '../../data/study-data.js';
import { drawn, exactly } from '../../measures/measured-number.js';

export const claims: readonly StudyClaim<MixtureStudyData>[] = [
  {
    statement:
      'The squared loss over the data, weighted by importance, follows the KL divergence; unweighted, it does not.',
    measure: ({ mixture }) => {
      const { importanceWeighted, muWeighted } = mixture;
      const weighted = importanceWeighted.correlation;
      const unweighted = muWeighted.correlation;
      return {
        weighted: exactly(
          'the weighted loss’ correlation with KL, in expectation',
          'number',
          weighted.expected,
        ),
        unweighted: exactly(
          'the unweighted loss’ correlation with KL, in expectation',
          'number',
          unweighted.expected,
        ),
        gain: exactly('the first less the second', 'number', weighted.expected - unweighted.expected),
        sampledWeighted: drawn('the weighted loss’ correlation with KL, sampled', weighted.sampled),
        sampledUnweighted: drawn('the unweighted loss’ correlation with KL, sampled', unweighted.sampled),
      };
    },
    criterion: {
      holds: [
        { of: 'weighted', above: 0.7 },
        { of: 'unweighted', below: 0.4 },
      ],
      inPart: [{ of: 'gain', above: 0.2 }],
    },
  },
];
