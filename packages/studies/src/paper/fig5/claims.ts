import type { StudyClaim } from '../../claims/study-claim.js';
import { findSweep } from '../../measures/find-sweep.js';
import { fallOverBeta, shiftNumbers } from '../../measures/peak-measures.js';

export const claims: readonly StudyClaim[] = [
  {
    statement: 'Over all β, the best win rate of DPO falls as its data shift, from D1 to D3.',
    measure: (study) => shiftNumbers(study, 'trade-off'),
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
  {
    statement: 'Over-optimization comes earlier, at less KL, on D3 than on D1.',
    measure: (study) => {
      const shift = shiftNumbers(study, 'trade-off');
      const shifted = findSweep(study, { objective: 'dpo', importance: 'none', data: 'D3' });
      return shift && shifted && { ...shift, fall: fallOverBeta(shifted) };
    },
    criterion: {
      holds: [
        { of: 'D3Kl', above: 0 },
        { of: 'fall', above: 0 },
      ],
      inPart: [{ of: 'D3Kl', above: 0 }],
    },
  },
];
