import { GoldEvalError } from '../errors.js';
import { shown } from '../shown.js';
import { isOutcome } from '../statistics/require-outcomes.js';
import { wilsonInterval } from '../statistics/wilson-interval.js';

/** How much a pairwise judge goes by the order in which it sees two responses. */
export interface PositionBias {
  /** Share of the pairs whose verdict changes with the order, with its Wilson interval. */
  readonly rate: number;
  readonly low: number;
  readonly high: number;
  /** How many of those favor whichever response comes first, and second. */
  readonly favorFirst: number;
  readonly favorSecond: number;
  readonly n: number;
}

/**
 * How often a judge's verdict depends on which response it sees first.
 *
 * rate = (1/n)·Σ_i 1{aFirst_i ≠ bFirst_i}; a pair favors the first position if aFirst_i > bFirst_i.
 *
 * A verdict that turns into a tie counts as changed. Without any bias some verdicts still change, from noise: then about as many
 * favor the first position as the second.
 *
 * @param verdicts [n], outcomes for `a` (1, ½, 0) when `a` and when `b` is shown first
 * @throws {GoldEvalError} `invalid-lengths` if there is no verdict, `invalid-value` if one was not given in both orders, or is no outcome,
 *   `invalid-option` for a bad confidence
 * @example
 * const { rate, favorFirst } = positionBias([{ aFirst: 1, bFirst: 0 }, { aFirst: 1, bFirst: 1 }]);
 * console.log(rate, favorFirst); // 0.5 1
 * @see L. Zheng et al., "Judging LLM-as-a-judge with MT-Bench and Chatbot Arena" (2023), section 3.3
 */
export function positionBias(
  verdicts: readonly { readonly aFirst?: number; readonly bFirst?: number }[],
  confidence: number = 0.95,
): PositionBias {
  const n = verdicts.length;
  if (n === 0)
    throw new GoldEvalError('invalid-lengths', 'a position bias needs at least one verdict, got none.');
  for (const [index, { aFirst, bFirst }] of verdicts.entries()) {
    if (isOutcome(aFirst) && isOutcome(bFirst)) continue;
    throw new GoldEvalError(
      'invalid-value',
      `verdict ${index} was not given in both orders: outcomes are ${shown(aFirst)} and ${shown(bFirst)}, and each must be 1, ½, or 0; ` +
        'ask the judge in both.',
    );
  }
  const favorFirst = verdicts.filter(({ aFirst = 0, bFirst = 0 }) => aFirst > bFirst).length;
  const favorSecond = verdicts.filter(({ aFirst = 0, bFirst = 0 }) => aFirst < bFirst).length;
  const flips = favorFirst + favorSecond;
  return { rate: flips / n, ...wilsonInterval(flips, n, confidence), favorFirst, favorSecond, n };
}
