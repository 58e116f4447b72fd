import type { PolicyStudyData, PreferenceData } from '../data/study-data.js';
import { withAndWithout } from '../measures/find-sweep.js';
import type { MeasuredNumber } from '../measures/measured-number.js';
import type { StudySweep } from '../measures/study-lines.js';
import { comparison } from '../measures/win-rate-measures.js';
import type { Bound } from './claim-decision.js';
import type { StudyClaim } from './study-claim.js';

/** Two methods of a study, where it has both. */
export type FindTwo = (
  study: PolicyStudyData,
) => { readonly first: StudySweep; readonly second: StudySweep } | undefined;

/** A claim about two methods. Beside its number stands how they compare at equal steps, equal KL, and equal length. */
export function comparisonClaim(
  statement: string,
  find: FindTwo,
  measure: (first: StudySweep, second: StudySweep) => MeasuredNumber | undefined,
  bound: Bound,
  beside: (first: StudySweep, second: StudySweep) => readonly MeasuredNumber[] = () => [],
): StudyClaim {
  return {
    statement,
    number: (study) => {
      const found = find(study);
      return found && measure(found.first, found.second);
    },
    bound,
    beside: (study) => {
      const found = find(study);
      return found ? [...comparison(found.first, found.second), ...beside(found.first, found.second)] : [];
    },
  };
}

/** The AIS variant of an objective, and the objective unweighted. */
export function adaptiveAndPlain(objective: string, data?: PreferenceData): FindTwo {
  return (study) => {
    const found = withAndWithout(study, objective, data);
    return found && { first: found.adaptive, second: found.plain };
  };
}

/** Two methods by how each is found. */
export function both(
  first: (study: PolicyStudyData) => StudySweep | undefined,
  second: (study: PolicyStudyData) => StudySweep | undefined,
): FindTwo {
  return (study) => {
    const [one, other] = [first(study), second(study)];
    return one && other && { first: one, second: other };
  };
}
