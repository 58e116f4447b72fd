import { GoldEvalError } from '../errors.js';

/** The longest that a timer can wait, in milliseconds: 24 days. */
export const LONGEST_TIMER: number = 2 ** 31 - 1;

/**
 * Throws unless a deadline can be kept.
 *
 * @throws {GoldEvalError} `invalid-option`
 */
export function checkTimeout(timeout: number | undefined): void {
  const holds =
    timeout === undefined ||
    timeout === Number.POSITIVE_INFINITY ||
    (typeof timeout === 'number' && timeout > 0 && timeout <= LONGEST_TIMER);
  if (holds) return;
  throw new GoldEvalError(
    'invalid-option',
    `timeout must be a number of milliseconds above 0 and at most ${LONGEST_TIMER}, or Infinity for no deadline, got ${timeout}.`,
  );
}
