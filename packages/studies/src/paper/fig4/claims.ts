import type { StudyClaim } from '../../claims/study-claim.js';
import { shiftNumbers } from '../../measures/peak-measures.js';

export const claims: readonly StudyClaim[] = [
  {
    statement:
      'What DPO gains shrinks as its data shift away from the SFT model: most on D1, less on D2, least on D3.',
    measure: (study) => shiftNumbers(study, 'epoch'),
    criterion: {
      holds: [
        { of: 'D2', above: 0 },
        { of: 'D3', above: 0 },
        { of: 'order', above: 0 },
      ],
      inPart: [
        { of: 'D2', above: 0 },
        { of: 'D3', above: 0 },
      ],
    },
  },
];
