import { GoldEvalError } from '../errors.js';

/** The result of McNemar’s test of paired outcomes. */
export interface McNemar {
  /** Two-sided p-value of the exact test: never too small, a little too large. */
  readonly exact: number;
  /** Two-sided mid-p-value: closer to its nominal level, recommended for a single comparison. */
  readonly midP: number;
}

/**
 * McNemar's test for two policies judged on the same prompts.
 *
 * Under equal win rates each prompt on which the two differ is a fair coin, so with k = min(b, c) and n = b + c
 * exact = min(1, 2·P(X ≤ k)), X ~ Binomial(n, ½), and midP = P(more extreme) + ½·P(as extreme), which is
 * 2·P(X ≤ k) − P(X = k) for b ≠ c and 1 − ½·P(X = k) for b = c.
 *
 * @param firstOnly b, on how many prompts the first policy did better
 * @param secondOnly c, on how many prompts the second did better; prompts on which both did equally well carry no
 *   information
 * @returns both p-values; 1 if the policies never differ
 * @throws {GoldEvalError} `invalid-value` if an argument is not a count
 * @example
 * const { exact, midP } = mcnemar(5, 15);
 * console.log(exact.toFixed(4), midP.toFixed(4)); // 0.0414 0.0266
 * @see M. W. Fagerland, S. Lydersen, P. Laake, "The McNemar test for binary matched-pairs data: mid-p and asymptotic
 *   are better than exact conditional", BMC Medical Research Methodology 13:91 (2013)
 */
export function mcnemar(firstOnly: number, secondOnly: number): McNemar {
  for (const count of [firstOnly, secondOnly]) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new GoldEvalError('invalid-value', `McNemar's test needs counts (integers ≥ 0), got ${count}.`);
    }
  }
  const n = firstOnly + secondOnly;
  const smaller = Math.min(firstOnly, secondOnly);
  if (n === 0) return { exact: 1, midP: 1 };
  // log C(n, k) − n·log 2 by recurrence: exact enough for any number of prompts, and nothing overflows.
  let logProbability = -n * Math.LN2;
  let cumulative = Math.exp(logProbability);
  for (let k = 1; k <= smaller; k++) {
    logProbability += Math.log((n - k + 1) / k);
    cumulative += Math.exp(logProbability);
  }
  const observed = Math.exp(logProbability);
  return {
    exact: Math.min(1, 2 * cumulative),
    midP: firstOnly === secondOnly ? 1 - observed / 2 : 2 * cumulative - observed,
  };
}
