import { GoldEvalError } from '../errors.js';
import { shown } from '../shown.js';
import { askJudge } from './ask-judge.js';
import { type BatchOptions, inBatches } from './in-batches.js';
import type { Scorer } from './scorer.js';

/** Options of {@link scoreAll}; its values are rewards. */
export type ScoreAllOptions = BatchOptions<number>;

/**
 * Scores all items in batches and checks what the scorer returns.
 *
 * @param items [n], in any order
 * @returns [n], one reward for each item, in order
 * @throws {GoldEvalError} `scorer-failed` if the scorer throws, or returns another number of rewards or NaN, naming scorer and item;
 *   `invalid-option` for a bad batch size, or more rewards of an earlier run than items. Errors of `@ais` packages, and those of
 *   a scorer that was stopped, come through unchanged.
 * @example
 * const length = functionScorer('length', (text: string) => text.length);
 * console.log(await scoreAll(length, ['a', 'abc'], { batchSize: 1 })); // [ 1, 3 ]
 */
export function scoreAll<Item>(
  scorer: Scorer<Item>,
  items: readonly Item[],
  options: ScoreAllOptions = {},
): Promise<number[]> {
  return inBatches(items, options, async (batch, start, call) => {
    const question = { who: `the scorer "${scorer.name}"`, what: 'item', start, count: batch.length };
    // Third-party code: verify what its type promises.
    const rewards: ArrayLike<unknown> | undefined = await askJudge(question, call, () =>
      scorer.score(batch, call),
    );
    if (rewards?.length !== batch.length) {
      throw new GoldEvalError(
        'scorer-failed',
        `the scorer "${scorer.name}" must return one reward per item, in order: expected ${batch.length}, ` +
          `got ${rewards?.length ?? 'none'}.`,
      );
    }
    return Array.from(rewards, (reward, offset) => {
      if (typeof reward === 'number' && Number.isFinite(reward)) return reward;
      throw new GoldEvalError(
        'scorer-failed',
        `the scorer "${scorer.name}" returned ${shown(reward)} for item ${start + offset}; a reward must be a finite number.`,
      );
    });
  });
}
