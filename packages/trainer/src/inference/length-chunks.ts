import type { Examples } from '@ais/data';
import { requireWhole } from '../run/require-whole.js';
import { nextTurn } from './next-turn.js';

/** An item and its place in the list that it came from. */
export interface Indexed<T> {
  readonly index: number;
  readonly item: T;
}

/**
 * Cuts a list into chunks of items of similar length, so that little is spent on padding; the longest come first.
 *
 * Memory peaks at the first chunk, so a run that will not fit fails at once. Yields to signals and timers
 * before each chunk.
 *
 * @param items in any order
 * @param length of an item
 * @param size items a chunk, at most
 * @param name of the option that `size` comes from
 * @throws {TrainerError} `invalid-option` for a size that is not an integer, or below 1
 * @throws the signal's reason when it aborts, between two chunks
 */
export async function* chunksByLength<T>(
  items: Examples<T>,
  length: (item: T) => number,
  size: number,
  signal?: AbortSignal,
  name = 'batchSize',
): AsyncGenerator<Indexed<T>[]> {
  requireWhole(name, size, 1);
  const order = longestFirst(items, length);
  for (let from = 0; from < order.length; from += size) {
    await nextTurn();
    signal?.throwIfAborted();
    yield itemsAt(items, order.subarray(from, from + size));
  }
}

/** The places of items, the longest first, and equal ones as they come: numbers alone, however many there are. */
export function longestFirst<T>(items: Examples<T>, length: (item: T) => number): Uint32Array {
  const lengths = new Float64Array(items.length);
  let place = 0;
  for (const item of items) lengths[place++] = length(item);
  return Uint32Array.from(lengths.keys()).sort((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0) || a - b);
}

/** Items by their places. */
export function itemsAt<T>(items: Examples<T>, places: Uint32Array): Indexed<T>[] {
  return Array.from(places, (index) => ({ index, item: items.at(index) as T }));
}
