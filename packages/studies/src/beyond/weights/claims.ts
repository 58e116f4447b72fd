import type { StudyClaim } from '../../claims/study-claim.js';
import { adaptiveSweep } from '../../measures/find-sweep.js';
import { effectiveShares } from '../../measures/weight-measures.js';

export const claims: readonly StudyClaim[] = [
  {
    statement:
      'At the end of training, the adaptive weights still use more than half of the pairs effectively.',
    number: (study) => effectiveShares(study).get(adaptiveSweep(study)?.method.title ?? ''),
    bound: { above: 0.5 },
    beside: (study) => [...effectiveShares(study).values()],
  },
];
