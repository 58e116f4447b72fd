import { GoldEvalError } from '../errors.js';
import { compareAll } from './compare-all.js';
import type { PairVerdict, PairwiseJudge } from './pairwise-judge.js';
import { scoreAll } from './score-all.js';
import type { Scorer } from './scorer.js';

/** Options of `verifyPairwiseJudge`. */
export interface VerifyOptions {
  readonly signal?: AbortSignal;
}

/** Options of `verifyScorer`. */
export interface VerifyScorerOptions extends VerifyOptions {
  /**
   * How much two rewards of one item may differ, relative to the larger one's size or 1; 0.001 by default, which forgives
   * the rounding of batches of different shapes.
   */
  readonly tolerance?: number;
}

/** What a probe found. */
export interface ScorerVerification {
  /** [samples], the rewards of the probe. */
  readonly rewards: readonly number[];
  /** The largest difference between two rewards of one item. */
  readonly largestDifference: number;
  /** Whether all samples got the same reward: right for a judge of something that they share, suspicious otherwise. */
  readonly constant: boolean;
}

/**
 * Checks a scorer on a few samples, before anything expensive relies on it.
 *
 * All samples are scored together, then again in other company and another order: there must be one finite reward for each, and
 * the same one both times.
 *
 * @param samples two or more that the scorer will meet, such as the first references; each is scored twice
 * @throws {GoldEvalError} `scorer-failed` if rewards are missing or not finite, `scorer-inconsistent` if an item's reward depends
 *   on its batch, `invalid-lengths` for fewer than two samples, `invalid-option` for a tolerance below 0. What the scorer throws comes through as from `scoreAll`.
 * @example
 * const length = functionScorer('length', (text: string) => text.length);
 * console.log((await verifyScorer(length, ['a', 'abc', 'ab'])).rewards); // [ 1, 3, 2 ]
 */
export async function verifyScorer<Item>(
  scorer: Scorer<Item>,
  samples: readonly Item[],
  { tolerance = 1e-3, ...stopping }: VerifyScorerOptions = {},
): Promise<ScorerVerification> {
  if (!(tolerance >= 0)) {
    throw new GoldEvalError('invalid-option', `tolerance must be ≥ 0, got ${tolerance}.`);
  }
  const name = `the scorer "${scorer.name}"`;
  const [rewards, again] = await twice(name, samples, (batch) =>
    scoreAll(scorer, batch, { batchSize: batch.length, ...stopping }),
  );
  let largestDifference = 0;
  for (const [index, reward] of rewards.entries()) {
    const other = again[index] ?? Number.NaN;
    if (!Number.isFinite(reward) || !Number.isFinite(other)) {
      throw new GoldEvalError(
        'scorer-failed',
        `${name} gave sample ${index} the reward ${Number.isFinite(reward) ? other : reward}; rewards must be finite.`,
      );
    }
    const difference = Math.abs(reward - other);
    largestDifference = Math.max(largestDifference, difference);
    if (difference <= tolerance * Math.max(1, Math.abs(reward), Math.abs(other))) continue;
    throw new GoldEvalError(
      'scorer-inconsistent',
      `${name} gave sample ${index} the reward ${reward} in one batch and ${other} in another; an item must get the same ` +
        'reward in any batch. Turn sampling and dropout off, mask padding, and return rewards in the order of the items.',
    );
  }
  return { rewards, largestDifference, constant: rewards.every((reward) => reward === rewards[0]) };
}

/**
 * Checks a pairwise judge on a few samples, before anything expensive relies on it, as {@link verifyScorer} does a scorer.
 *
 * @param samples two or more pairs that the judge will meet; each is compared twice
 * @returns [samples], the verdicts of the probe
 * @throws {GoldEvalError} `scorer-failed` if verdicts are missing or malformed, `scorer-inconsistent` if a pair's verdict depends
 *   on its batch, `invalid-lengths` for fewer than two samples. What the judge throws comes through as from `compareAll`.
 * @example
 * const judge = {
 *   specificationVersion: 'v1',
 *   name: 'shorter@1',
 *   compare: async (pairs) => pairs.map(({ a, b }) => ({ outcome: a.length < b.length ? 1 : 0 })),
 * };
 * const verdicts = await verifyPairwiseJudge(judge, [{ a: 'So.', b: 'It is so.' }, { a: 'Because.', b: 'So.' }]);
 * console.log(verdicts.length); // 2
 */
export async function verifyPairwiseJudge<Item>(
  judge: PairwiseJudge<Item>,
  samples: readonly Item[],
  stopping: VerifyOptions = {},
): Promise<PairVerdict[]> {
  const name = `the judge "${judge.name}"`;
  const [verdicts, again] = await twice(name, samples, (batch) =>
    compareAll(judge, batch, { batchSize: batch.length, ...stopping }),
  );
  for (const [index, { outcome }] of verdicts.entries()) {
    const other = again[index]?.outcome;
    if (outcome === other) continue;
    throw new GoldEvalError(
      'scorer-inconsistent',
      `${name} gave pair ${index} the outcome ${outcome} in one batch and ${other} in another; a pair must get the same ` +
        'verdict in any batch. Turn sampling off, and return verdicts in the order of the pairs.',
    );
  }
  return verdicts;
}

/** The samples' values in one batch, and in two others of another order, brought back into the samples' order. */
async function twice<Item, Value>(
  name: string,
  samples: readonly Item[],
  judge: (batch: readonly Item[]) => Promise<Value[]>,
): Promise<readonly [Value[], Value[]]> {
  const [first, ...others] = samples;
  if (first === undefined || others.length === 0) {
    throw new GoldEvalError(
      'invalid-lengths',
      `${name} is verified with two or more samples, got ${samples.length}.`,
    );
  }
  const together = await judge(samples);
  const reversed = await judge(others.toReversed());
  return [together, [...(await judge([first])), ...reversed.toReversed()]];
}
