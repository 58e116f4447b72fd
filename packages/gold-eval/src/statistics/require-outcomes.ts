import { GoldEvalError } from '../errors.js';
import { shown } from '../shown.js';

/**
 * Throws unless all values may be outcomes: numbers from 0 to 1. Fractions are allowed, for means over several responses and for
 * outcomes between two evaluations.
 *
 * @param whose whose outcomes they are, for the message: "outcome" by default
 * @throws {GoldEvalError} `invalid-value`, naming the first that is none
 */
export function requireOutcomes(outcomes: ArrayLike<number>, whose: string = 'outcome'): void {
  // Not with findIndex, which does not tell a hole from a value.
  for (let index = 0; index < outcomes.length; index++) {
    const outcome: unknown = outcomes[index];
    if (isOutcome(outcome)) continue;
    throw new GoldEvalError(
      'invalid-value',
      `${whose} ${index} must be 1, ½, or 0, or a mean of these, got ${shown(outcome)}. ` +
        'Outcomes are not rewards; make them with pairOutcomes.',
    );
  }
}

/** Whether a value may be an outcome: a number from 0 to 1. */
export function isOutcome(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
