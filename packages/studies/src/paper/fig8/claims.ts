import { negligible } from '../../claims/negligible.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import { fixedAlphaNumbers } from '../../measures/alpha-measures.js';

export const claims: readonly StudyClaim[] = [
  {
    statement:
      'Of fixed α, a small one of about 0.05 has the best win rate: above that of α = 0 and that of the largest.',
    measure: (study) => fixedAlphaNumbers(study)?.rates,
    criterion: {
      holds: [
        { of: 'best', below: 0.15 },
        { of: 'overNone', above: 0 },
        { of: 'overLargest', above: 0 },
      ],
      inPart: [{ of: 'overNone', above: 0 }],
    },
  },
  {
    statement: 'A larger α regularizes more up to about 0.1; beyond, the weights’ variance undoes it.',
    measure: (study) => fixedAlphaNumbers(study)?.kls,
    criterion: {
      holds: [
        { of: 'least', above: 0.04, below: 0.25 },
        { of: 'underNone', above: 0 },
        { of: 'underLargest', above: 0 },
      ],
      inPart: [{ of: 'underNone', above: 0 }],
    },
  },
  {
    statement: 'With α above 0, however large, the win rate does not fall as training goes on.',
    measure: (study) => fixedAlphaNumbers(study)?.falls,
    criterion: {
      holds: [{ of: 'worst', below: negligible }],
      inPart: [{ of: 'smallest', below: negligible }],
    },
  },
  {
    statement: 'The adaptive α = 1/|y| wins at least as often as the best fixed α, without a search.',
    measure: (study) => fixedAlphaNumbers(study)?.adaptive,
    criterion: {
      holds: [{ of: 'overBest', above: -0.02 }],
      inPart: [
        { of: 'overBest', above: -negligible },
        { of: 'overNone', above: 0 },
      ],
    },
  },
];
