import { GoldEvalError } from '../errors.js';
import type { Scorer } from './scorer.js';

export interface ScoreAllOptions {
  /** Items in one call of the scorer; 64 by default. */
  readonly batchSize?: number;
  /** Stops between batches, with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Rewards of the first items, from an interrupted run: scoring resumes after them. */
  readonly done?: readonly number[];
  /** Called with each batch's rewards before the next is asked for: the place to keep them. */
  readonly onBatch?: (rewards: readonly number[], start: number) => void | Promise<void>;
  /** Called after each batch, and within one by scorers that report their progress. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Scores all items in batches and checks what the scorer answers.
 *
 * @param items [n], in any order
 * @returns [n], one reward for each item, in order
 * @throws GoldEvalError `scorer-failed` if the scorer returns another number of rewards or NaN, naming scorer and
 *   item; `invalid-option` for a bad batch size, or more rewards of an earlier run than items. What the scorer throws
 *   comes through unchanged.
 * @example
 * const length = functionScorer('length', (text: string) => text.length);
 * console.log(await scoreAll(length, ['a', 'abc'], { batchSize: 1 })); // [ 1, 3 ]
 */
export async function scoreAll<Item>(
  scorer: Scorer<Item>,
  items: readonly Item[],
  options: ScoreAllOptions = {},
): Promise<number[]> {
  const { batchSize = 64, done = [], signal, onBatch, onProgress } = options;
  if (!(Number.isInteger(batchSize) && batchSize >= 1)) {
    throw new GoldEvalError('invalid-option', `batchSize must be an integer ≥ 1, got ${batchSize}.`);
  }
  if (done.length > items.length) {
    throw new GoldEvalError(
      'invalid-option',
      `done holds ${done.length} rewards of an earlier run, but there are only ${items.length} items: ` +
        'they belong to other items.',
    );
  }
  const rewards: number[] = [...done];
  while (rewards.length < items.length) {
    signal?.throwIfAborted();
    const start = rewards.length;
    const batch = items.slice(start, start + batchSize);
    // A scorer is somebody else's: what its type promises is checked.
    const answer: ArrayLike<number> | undefined = await scorer.score(batch, {
      ...(signal && { signal }),
      ...(onProgress && { onProgress: (scored) => onProgress(start + scored, items.length) }),
    });
    if (answer?.length !== batch.length) {
      throw new GoldEvalError(
        'scorer-failed',
        `the scorer "${scorer.name}" must return one reward per item, in order: expected ${batch.length}, ` +
          `got ${answer?.length ?? 'none'}.`,
      );
    }
    for (const [offset, reward] of Array.from(answer).entries()) {
      if (typeof reward !== 'number' || Number.isNaN(reward)) {
        throw new GoldEvalError(
          'scorer-failed',
          `the scorer "${scorer.name}" returned ${String(reward)} for item ${start + offset}; a reward must be a number.`,
        );
      }
      rewards.push(reward);
    }
    await onBatch?.(rewards.slice(start), start);
    onProgress?.(rewards.length, items.length);
  }
  return rewards;
}
