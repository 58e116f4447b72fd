import { GoldEvalError } from '../errors.js';
import type { JudgeCallOptions } from './scorer.js';

/** How a judge is asked about many items. `Value` is what it says about one. */
export interface BatchOptions<Value> {
  /** Items in one call of the judge; 64 by default. */
  readonly batchSize?: number;
  /** Stops between batches, with the signal's reason; the judge may stop sooner. */
  readonly signal?: AbortSignal;
  /** What was said about the first items in an interrupted run: judging resumes after them. */
  readonly done?: readonly Value[];
  /** Called with each batch's values before the next is asked for: the place to keep them. */
  readonly onBatch?: (values: readonly Value[], start: number) => void | Promise<void>;
  /** Called after each batch, and within one by judges that report their progress. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Asks about all items, batch by batch.
 *
 * @param ask what is said about one batch, whose first item has the position `start`
 * @returns [n], one value for each item, in order
 */
export async function inBatches<Item, Value>(
  items: readonly Item[],
  { batchSize = 64, done = [], signal, onBatch, onProgress }: BatchOptions<Value>,
  ask: (batch: readonly Item[], start: number, call: JudgeCallOptions) => Promise<readonly Value[]>,
): Promise<Value[]> {
  if (!(Number.isInteger(batchSize) && batchSize >= 1)) {
    throw new GoldEvalError('invalid-option', `batchSize must be an integer ≥ 1, got ${batchSize}.`);
  }
  if (done.length > items.length) {
    throw new GoldEvalError(
      'invalid-option',
      `done holds the results of ${done.length} items, but there are only ${items.length}: they belong to other items.`,
    );
  }
  const values: Value[] = [...done];
  while (values.length < items.length) {
    signal?.throwIfAborted();
    const start = values.length;
    const batch = await ask(items.slice(start, start + batchSize), start, {
      start,
      ...(signal && { signal }),
      ...(onProgress && { onProgress: (judged: number) => onProgress(start + judged, items.length) }),
    });
    values.push(...batch);
    await onBatch?.(batch, start);
    onProgress?.(values.length, items.length);
  }
  return values;
}
