import { pairOutcomes } from '../win-rate/win-rate.js';
import { type CompareAllOptions, compareAll } from './compare-all.js';
import type { Outcome, PairVerdict, PairwiseJudge } from './pairwise-judge.js';
import { type ScoreAllOptions, scoreAll } from './score-all.js';
import type { ScoredText, Scorer } from './scorer.js';
import { type VerifyOptions, verifyPairwiseJudge, verifyScorer } from './verify-scorer.js';

/** Two responses to one prompt, each as a scorer would take it. */
export interface ItemPair<Item = ScoredText> {
  readonly a: Item;
  readonly b: Item;
}

/** What decides which of two responses is better: a scorer, by a reward for each, or a judge that compares them. */
export type Judge<Item = ScoredText> = Scorer<Item> | PairwiseJudge<ItemPair<Item>>;

/**
 * Whether a judge compares responses, and has no reward for either.
 *
 * @example
 * console.log(isPairwise(functionScorer('short@1', ({ response }) => -response.length))); // false
 */
export function isPairwise<Item>(judge: Judge<Item>): judge is PairwiseJudge<ItemPair<Item>> {
  return 'compare' in judge;
}

/** How a judge is asked about many pairs. */
export type JudgePairsOptions = Pick<
  CompareAllOptions & ScoreAllOptions,
  'batchSize' | 'signal' | 'onProgress'
>;

/**
 * Decides all pairs, whichever kind of judge it is.
 *
 * @param pairs [n]
 * @returns [n], one verdict for each pair, in order
 * @throws what {@link scoreAll} and {@link compareAll} throw
 * @example
 * const brevity = functionScorer('brevity', (text: string) => -text.length);
 * const verdicts = await judgePairs(brevity, [{ a: 'short', b: 'very long' }]);
 * console.log(verdicts[0]?.outcome); // 1
 */
export async function judgePairs<Item>(
  judge: Judge<Item>,
  pairs: readonly ItemPair<Item>[],
  { onProgress, ...options }: JudgePairsOptions = {},
): Promise<PairVerdict[]> {
  if (isPairwise(judge)) return compareAll(judge, pairs, { ...options, ...(onProgress && { onProgress }) });
  const items = pairs.flatMap(({ a, b }) => [a, b]);
  const rewards = await scoreAll(judge, items, {
    ...options,
    ...(onProgress && { onProgress: (done: number) => onProgress(Math.floor(done / 2), pairs.length) }),
  });
  const outcomes = pairOutcomes(
    pairs.map((_, index) => rewards[2 * index] ?? Number.NaN),
    pairs.map((_, index) => rewards[2 * index + 1] ?? Number.NaN),
  );
  return outcomes.map((outcome) => ({ outcome: outcome as Outcome }));
}

/**
 * Checks a judge on a few pairs, before anything expensive relies on it: see {@link verifyScorer} and
 * {@link verifyPairwiseJudge}.
 *
 * @param pairs two or more that the judge will meet
 * @example
 * const judge = functionScorer('short@1', ({ response }) => -response.length);
 * await verifyJudge(judge, [
 *   { a: { prompt: 'Why?', response: 'Because.' }, b: { prompt: 'Why?', response: 'It is so.' } },
 *   { a: { prompt: 'Who?', response: 'I.' }, b: { prompt: 'Who?', response: 'Nobody.' } },
 * ]); // throws if rewards are missing, not finite, or differ from batch to batch
 */
export async function verifyJudge<Item>(
  judge: Judge<Item>,
  pairs: readonly ItemPair<Item>[],
  stopping: VerifyOptions = {},
): Promise<void> {
  if (isPairwise(judge)) await verifyPairwiseJudge(judge, pairs, stopping);
  else
    await verifyScorer(
      judge,
      pairs.flatMap(({ a, b }) => [a, b]),
      stopping,
    );
}
