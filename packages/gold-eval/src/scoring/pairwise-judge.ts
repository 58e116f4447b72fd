import type { JudgeCallOptions } from './scorer.js';

/** Two responses to one prompt. */
export interface PairText {
  readonly prompt: string;
  readonly a: string;
  readonly b: string;
}

/** How a comparison ended: 1 if `a` is better, ½ for a tie, 0 if `b` is better. */
export type Outcome = 1 | 0.5 | 0;

/** What a judge says about a pair. */
export interface PairVerdict {
  readonly outcome: Outcome;
  /** The verdict when `a` was shown first, if the judge was asked in both orders. */
  readonly aFirst?: Outcome;
  /** The verdict when `b` was shown first; still 1 if `a` is better. */
  readonly bFirst?: Outcome;
}

/**
 * What compares two responses without scoring either: a language model, or people.
 *
 * Outcomes serve as those of `pairOutcomes` do: `winRateOfOutcomes` makes a win rate of them if `a` is the policy's response
 * and `b` the reference, and `labelOutcomes` makes preference labels. The same pair must get the same verdict in any batch.
 */
export interface PairwiseJudge<Item = PairText> {
  readonly specificationVersion: 'v1';
  /** Names the judge and its version in configurations and reports. */
  readonly name: string;
  /** [items] -> [items], one verdict each, in order. */
  compare(items: readonly Item[], options?: JudgeCallOptions): Promise<readonly PairVerdict[]>;
}
