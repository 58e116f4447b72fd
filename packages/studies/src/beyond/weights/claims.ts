import type { StudyClaim } from '../../claims/study-claim.js';
import { weightNumbers } from '../../measures/weight-measures.js';

export const claims: readonly StudyClaim[] = [
  {
    statement:
      'At the end of training, the adaptive weights still use more than half of the pairs effectively.',
    measure: (study) => weightNumbers(study),
    criterion: { holds: [{ of: 'effective', above: 0.5 }], inPart: [{ of: 'effective', above: 0.2 }] },
  },
];
