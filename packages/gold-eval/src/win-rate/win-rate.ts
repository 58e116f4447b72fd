import { GoldEvalError } from '../errors.js';
import { requireOutcomes } from '../statistics/require-outcomes.js';
import { wilsonInterval } from '../statistics/wilson-interval.js';
import { requireRewards } from './require-rewards.js';

/** Options of `winRate`. */
export interface WinRateOptions {
  /** Confidence of the interval; 0.95 by default. */
  readonly confidence?: number;
  /** Rewards that differ by no more than this are a tie; 0 by default. */
  readonly tieTolerance?: number;
}

/** A win rate with its interval. */
export interface WinRate {
  /** (wins + ½·ties) / n. */
  readonly rate: number;
  /** How many of the n comparisons were ties. */
  readonly ties: number;
  /** Lower end of the Wilson interval. */
  readonly low: number;
  /** Upper end of the Wilson interval. */
  readonly high: number;
  /** How many comparisons there were. */
  readonly n: number;
}

/**
 * How often a policy's response beats the reference response, by gold reward.
 *
 * rate = (1/n)·Σ_i (1{r(x_i, y_i) > r(x_i, y_ref,i)} + ½·1{equal}), with its Wilson interval.
 *
 * A tie counts half in the rate. The interval takes n as n binomial trials, which is a little wider than needed
 * if there are ties.
 *
 * @param policyRewards [n], gold rewards of the policy's responses, one for each prompt
 * @param referenceRewards [n], gold rewards of the reference responses to the same prompts, in the same order
 * @throws {GoldEvalError} `invalid-lengths` if there is no pair or the lengths differ, `invalid-value` for a reward that
 *   is NaN or not a number, `invalid-option` for a bad option
 * @example
 * const { rate, ties, low, high, n } = winRate([1.2, 0.3, 2.0, 0.5], [0.7, 0.9, 1.1, 0.5]);
 * console.log(rate, ties, n); // 0.625 1 4
 * console.log(low.toFixed(2), high.toFixed(2)); // 0.22 0.91
 * @see E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927)
 */
export function winRate(
  policyRewards: ArrayLike<number>,
  referenceRewards: ArrayLike<number>,
  options: WinRateOptions = {},
): WinRate {
  const outcomes = pairOutcomes(policyRewards, referenceRewards, options.tieTolerance);
  return winRateOfOutcomes(outcomes, options.confidence);
}

/**
 * The win rate of outcomes that {@link pairOutcomes} made.
 *
 * @throws {GoldEvalError} `invalid-lengths` if there is none, `invalid-value` for what is no outcome, `invalid-option` for a bad
 *   confidence
 * @example
 * const { rate, ties, n } = winRateOfOutcomes([1, 1, 0.5, 0]);
 * console.log(rate, ties, n); // 0.625 1 4
 */
export function winRateOfOutcomes(outcomes: ArrayLike<number>, confidence?: number): WinRate {
  const n = outcomes.length;
  if (n === 0)
    throw new GoldEvalError('invalid-lengths', 'a win rate needs at least one comparison, got none.');
  requireOutcomes(outcomes);
  const values = Array.from(outcomes);
  const points = values.reduce((sum, outcome) => sum + outcome, 0);
  const ties = values.filter((outcome) => outcome === 0.5).length;
  return { rate: points / n, ties, ...wilsonInterval(points, n, confidence), n };
}

/**
 * The outcome of each comparison: 1 a win, ½ a tie, 0 a loss.
 *
 * @param policyRewards [n], gold rewards of the policy's responses
 * @param referenceRewards [n], gold rewards of what they are compared with, in the same order
 * @param tieTolerance rewards that differ by no more than this are a tie
 * @returns [n], one outcome for each pair
 * @throws {GoldEvalError} `invalid-lengths` if the lengths differ, `invalid-value` for a reward that is NaN or not a number,
 *   `invalid-option` for a tolerance below 0
 * @example
 * console.log(pairOutcomes([2, 1, 0], [1, 1, 1])); // [ 1, 0.5, 0 ]
 */
export function pairOutcomes(
  policyRewards: ArrayLike<number>,
  referenceRewards: ArrayLike<number>,
  tieTolerance: number = 0,
): number[] {
  if (policyRewards.length !== referenceRewards?.length) {
    throw new GoldEvalError(
      'invalid-lengths',
      'expected one reward of the policy and one of the reference per prompt, ' +
        `got ${policyRewards.length} and ${referenceRewards?.length ?? 'none'}.`,
    );
  }
  if (!(tieTolerance >= 0)) {
    throw new GoldEvalError('invalid-option', `tieTolerance must be ≥ 0, got ${tieTolerance}.`);
  }
  return Array.from(policyRewards, (reward, index) => {
    const reference = referenceRewards[index] as number;
    requireRewards(index, reward, reference);
    // Equality first: ∞ − ∞ is NaN.
    if (reward === reference || Math.abs(reward - reference) <= tieTolerance) return 0.5;
    return reward > reference ? 1 : 0;
  });
}
