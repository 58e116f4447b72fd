import { GoldEvalError } from './gold-eval-error.js';

/** One response to be judged. */
export interface ScoredText {
  readonly prompt: string;
  readonly response: string;
}

/**
 * What judges responses: a reward model, a checkpoint in another process, a judge behind HTTP, or a function.
 *
 * Scores are rewards: higher is better, comparable within a prompt, on any scale. The same items must get the same
 * scores however they are batched.
 */
export interface Scorer<Item = ScoredText> {
  readonly specificationVersion: 'v1';
  /** Names the judge and its version in configurations and reports. */
  readonly name: string;
  /** [items] -> [items], one reward each, in order. */
  score(items: readonly Item[], options?: { readonly signal?: AbortSignal }): Promise<ArrayLike<number>>;
}

export interface ScoreAllOptions {
  /** Items in one call of the scorer; 64 where absent. */
  readonly batchSize?: number;
  /** Stops between batches, with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Rewards of the first items, from a run that was interrupted: scoring goes on after them. */
  readonly done?: readonly number[];
  /** Called with each batch's rewards before the next is asked for: the place to keep them. */
  readonly onBatch?: (rewards: readonly number[], start: number) => void | Promise<void>;
  /** Called after each batch. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Makes a scorer of a function that judges one item.
 *
 * @param name names the judge
 * @param judge the reward of one item; may be asynchronous
 * @example
 * const brevity = functionScorer('brevity', ({ response }: ScoredText) => -response.length);
 * console.log(await scoreAll(brevity, [{ prompt: 'a', response: 'four' }])); // [ -4 ]
 */
export function functionScorer<Item = ScoredText>(
  name: string,
  judge: (item: Item) => number | Promise<number>,
): Scorer<Item> {
  return {
    specificationVersion: 'v1',
    name,
    score: (items) => Promise.all(items.map(judge)),
  };
}

/**
 * Scores all items in batches and checks what the scorer answers.
 *
 * @param items [n], in any order
 * @returns [n], one reward for each item, in order
 * @throws GoldEvalError `SCORER` where the scorer answers with another number of rewards or with NaN, naming scorer and
 *   item; `OPTION` for a bad batch size, or more rewards of an earlier run than items. What the scorer throws comes through unchanged.
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
    throw new GoldEvalError('OPTION', `a batch holds at least one item, got batchSize ${batchSize}.`);
  }
  if (done.length > items.length) {
    throw new GoldEvalError(
      'OPTION',
      `there are ${done.length} rewards of an earlier run and ${items.length} items; they belong to other items.`,
    );
  }
  const rewards: number[] = [...done];
  while (rewards.length < items.length) {
    signal?.throwIfAborted();
    const start = rewards.length;
    const batch = items.slice(start, start + batchSize);
    // A scorer is somebody else's: what its type promises is checked.
    const answer: ArrayLike<number> | undefined = await scorer.score(batch, signal ? { signal } : {});
    if (answer?.length !== batch.length) {
      throw new GoldEvalError(
        'SCORER',
        `the scorer "${scorer.name}" answered ${answer?.length ?? 'no'} rewards for ${batch.length} items; ` +
          'it must return one reward for each item, in order.',
      );
    }
    for (const [offset, reward] of Array.from(answer).entries()) {
      if (typeof reward !== 'number' || Number.isNaN(reward)) {
        throw new GoldEvalError(
          'SCORER',
          `the scorer "${scorer.name}" answered ${String(reward)} for item ${start + offset}; a reward is a number.`,
        );
      }
      rewards.push(reward);
    }
    await onBatch?.(rewards.slice(start), start);
    onProgress?.(rewards.length, items.length);
  }
  return rewards;
}

/**
 * The same scorer with rewards less a constant, so that for example the reference summaries average 0.
 *
 * @param offset what to subtract, usually the mean reward of the references; the name says it too, since other rewards are
 *   another scorer's
 * @example
 * const length = functionScorer('length', (text: string) => text.length);
 * console.log(await scoreAll(centeredScorer(length, 2), ['a', 'abc'])); // [ -1, 1 ]
 */
export function centeredScorer<Item>(scorer: Scorer<Item>, offset: number): Scorer<Item> {
  return {
    specificationVersion: 'v1',
    name: `${scorer.name} − ${offset}`,
    score: async (items, options) =>
      Array.from(await scorer.score(items, options), (reward) => reward - offset),
  };
}
