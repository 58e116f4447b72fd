import type { PolicyStudyData } from '../data/study-data.js';
import type { MeasuredNumber } from '../measures/measured-number.js';
import type { StudySweep } from '../measures/study-lines.js';
import { endNumbers } from '../measures/win-rate-measures.js';
import type { Bound } from './claim-decision.js';
import type { StudyClaim } from './study-claim.js';

/** A claim about one method. Beside its number stands where the method ends. */
export function methodClaim(
  statement: string,
  find: (study: PolicyStudyData) => StudySweep | undefined,
  measure: (sweep: StudySweep) => MeasuredNumber | undefined,
  bound: Bound,
  beside: (sweep: StudySweep) => readonly MeasuredNumber[] = endNumbers,
): StudyClaim {
  return {
    statement,
    number: (study) => {
      const sweep = find(study);
      return sweep && measure(sweep);
    },
    bound,
    beside: (study) => {
      const sweep = find(study);
      return sweep ? beside(sweep) : [];
    },
  };
}
