import { nextTurn } from './next-turn.js';

/** An item and its place in the list that it came from. */
export interface Indexed<T> {
  readonly index: number;
  readonly item: T;
}

/**
 * Cuts a list into chunks of items of similar length, so that little is spent on padding; the longest come first.
 *
 * Memory peaks at the first chunk, so a run that will not fit fails at once. Before each chunk the process sees to its
 * signals and timers.
 *
 * @param items in any order
 * @param length of an item
 * @param size items a chunk, at most
 * @throws the signal's reason when it aborts, between two chunks
 */
export async function* chunksByLength<T>(
  items: readonly T[],
  length: (item: T) => number,
  size: number,
  signal?: AbortSignal,
): AsyncGenerator<Indexed<T>[]> {
  const sorted = items
    .map((item, index) => ({ index, item }))
    .sort((a, b) => length(b.item) - length(a.item));
  for (let from = 0; from < sorted.length; from += size) {
    await nextTurn();
    signal?.throwIfAborted();
    yield sorted.slice(from, from + size);
  }
}
