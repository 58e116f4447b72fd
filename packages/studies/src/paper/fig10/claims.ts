import type { StudyClaim } from '../../claims/study-claim.js';
import { trainingNumbers } from '../../measures/training-measures.js';

export const claims: readonly StudyClaim[] = [
  {
    statement: 'Training is stable at every α: no loss rises again by much.',
    measure: (study) => trainingNumbers(study)?.stability,
    criterion: { holds: [{ of: 'rise', below: 0.1 }], inPart: [{ of: 'rise', below: 0.25 }] },
  },
  {
    statement: 'The larger α, the faster the training loss converges.',
    measure: (study) => trainingNumbers(study)?.speed,
    criterion: {
      holds: [
        { of: 'pair', above: 0 },
        { of: 'weighted', above: 0 },
      ],
      inPart: [{ of: 'weighted', above: 0 }],
    },
  },
];
