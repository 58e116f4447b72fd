import { GoldEvalError } from '../errors.js';
import { bootstrapInterval, type ClusteredBootstrapOptions } from '../statistics/bootstrap.js';
import { drawSums } from '../statistics/clusters.js';
import { mcnemar } from '../statistics/mcnemar.js';
import { meanWithError } from '../statistics/mean-error.js';
import { requireOutcomes } from '../statistics/require-outcomes.js';

/** By how much one policy wins more often than another on the same prompts, with an interval and a test. */
export interface PairedComparison {
  /** Win rate of the first policy less that of the second. */
  readonly difference: number;
  /** Ends of the paired bootstrap interval of the difference. */
  readonly low: number;
  readonly high: number;
  /** Standard error of the difference over prompts. */
  readonly standardError: number;
  /** On how many prompts the first policy did better, and the second. */
  readonly firstBetter: number;
  readonly secondBetter: number;
  /** McNemar's two-sided p-values over the prompts, or the clusters of prompts, on which they differ. */
  readonly exact: number;
  readonly midP: number;
  readonly n: number;
}

/**
 * Compares two policies' win rates on the same prompts.
 *
 * d_i = outcome_1,i − outcome_2,i with outcomes 1, ½, 0 against the reference response; difference = mean d_i with a
 * bootstrap over prompts, and McNemar's test (with ties: the sign test) on the signs of d_i.
 *
 * Prompts that belong together count as one draw if `clusters` says so: the bootstrap and the standard error are then over clusters,
 * and the test is on the signs of each cluster's Σ d_i. `firstBetter` and `secondBetter` stay counts of prompts.
 *
 * Pairing takes the prompts' common difficulty out, so it sees smaller differences than two Wilson intervals do.
 *
 * @param firstOutcomes [n], the first policy's outcomes, from `pairOutcomes`
 * @param secondOutcomes [n], the second policy's, for the same prompts in the same order
 * @throws {GoldEvalError} `invalid-lengths` if there is no prompt, the lengths differ, or clusters do not name that of each prompt,
 *   `invalid-value` for what is no outcome or no cluster, `invalid-option` for a bad option
 * @example
 * const { difference, firstBetter, secondBetter } = comparePolicies([1, 1, 0.5, 0], [0, 1, 0, 0.5]);
 * console.log(difference, firstBetter, secondBetter); // 0.25 2 1
 */
export function comparePolicies(
  firstOutcomes: ArrayLike<number>,
  secondOutcomes: ArrayLike<number>,
  options: ClusteredBootstrapOptions = {},
): PairedComparison {
  const differences = pairedDifferences(firstOutcomes, secondOutcomes);
  const [firstBetter, secondBetter] = signs(differences);
  const { mean, standardError } = meanWithError(differences, options.clusters);
  return {
    difference: mean,
    ...bootstrapInterval(differences, options),
    standardError,
    firstBetter,
    secondBetter,
    ...mcnemar(...signs(drawSums(differences, options.clusters))),
    n: differences.length,
  };
}

/** What outcomes between evaluations, such as 0.1 + 0.2 and 0.3, differ by from rounding alone is less. */
const ROUNDING = 1e-12;

/** How many differences are above 0, and below. */
function signs(differences: readonly number[]): [above: number, below: number] {
  return [
    differences.filter((difference) => difference > ROUNDING).length,
    differences.filter((difference) => difference < -ROUNDING).length,
  ];
}

export function pairedDifferences(first: ArrayLike<number>, second: ArrayLike<number>): number[] {
  if (first.length !== second?.length || first.length === 0) {
    throw new GoldEvalError(
      'invalid-lengths',
      `a paired comparison needs the same prompts on both sides, got ${first.length} and ${second?.length ?? 'no'} outcomes.`,
    );
  }
  requireOutcomes(first, "the first policy's outcome");
  requireOutcomes(second, "the second policy's outcome");
  // Not first.map, which a typed array rounds to its own type.
  return Array.from(first, (outcome, index) => outcome - (second[index] ?? Number.NaN));
}
