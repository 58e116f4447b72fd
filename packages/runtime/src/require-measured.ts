import { RuntimeError } from './errors.js';

/**
 * Checks how a back end is to be timed.
 *
 * @throws {RuntimeError} `invalid-option`
 */
export function requireMeasured({ size = 1, budget = 0 }: { size?: number; budget?: number }): void {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new RuntimeError('invalid-option', `size must be an integer ≥ 1, got ${size}.`);
  }
  if (!(budget >= 0)) {
    throw new RuntimeError('invalid-option', `budget must be a number of milliseconds ≥ 0, got ${budget}.`);
  }
}
