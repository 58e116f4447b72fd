import { requireOutcomes } from '../statistics/require-outcomes.js';
import { type LabelOptions, labelPairs, type PairLabel } from './label-pairs.js';

/**
 * Labels pairs of responses by how a judge compared them.
 *
 * The better response is chosen. Ties, noise, seed, and offset mean what they mean for {@link labelPairs}.
 *
 * @param outcomes [n], 1 if the first response is better, ½ for a tie, 0 if the second is
 * @returns [n], one label for each pair
 * @throws {GoldEvalError} `invalid-value` for what is no outcome, `invalid-option` for a bad option
 * @example
 * console.log(labelOutcomes([1, 0, 0.5]).map(({ chosen }) => chosen)); // [ 0, 1, undefined ]
 */
export function labelOutcomes(
  outcomes: ArrayLike<number>,
  options: Pick<LabelOptions, 'noise' | 'ties' | 'seed' | 'offset'> = {},
): PairLabel[] {
  requireOutcomes(outcomes);
  return labelPairs(
    outcomes,
    Array.from(outcomes, (outcome) => 1 - outcome),
    options,
  );
}
