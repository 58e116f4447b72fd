import type { PolicyStudyData } from '../data/study-data.js';
import type { MeasuredNumber } from '../measures/measured-number.js';
import { hasLeastBeta, type StudySweep } from '../measures/study-lines.js';
import { endNumbers } from '../measures/win-rate-measures.js';
import type { Bound } from './claim-decision.js';
import type { StudyClaim } from './study-claim.js';

/** A claim about one method, once its least β is finished. Beside its number stands where the method ends. */
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
      return sweep && hasLeastBeta(sweep) ? measure(sweep) : undefined;
    },
    bound,
    beside: (study) => {
      const sweep = find(study);
      return sweep ? beside(sweep) : [];
    },
  };
}
