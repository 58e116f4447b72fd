import { GoldEvalError } from '../errors.js';
import { shown } from '../shown.js';

/**
 * Throws unless both rewards of a pair are numbers: what is missing would be compared as 0, or as a loss.
 *
 * @throws {GoldEvalError} `invalid-value`, naming the pair
 */
export function requireRewards(index: number, first: unknown, second: unknown): void {
  if ([first, second].every((reward) => typeof reward === 'number' && !Number.isNaN(reward))) return;
  throw new GoldEvalError(
    'invalid-value',
    `the rewards of pair ${index} are ${shown(first)} and ${shown(second)}; both must be numbers and not NaN, so check the scorer.`,
  );
}
