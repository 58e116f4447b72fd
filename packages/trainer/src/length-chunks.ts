/** An item and its place in the list that it came from. */
export interface Indexed<T> {
  readonly index: number;
  readonly item: T;
}

/**
 * Cuts a list into chunks of items of similar length, so that little is spent on padding; the longest come first.
 *
 * Memory peaks at the first chunk, so a run that will not fit fails at once.
 *
 * @param items in any order
 * @param length of an item
 * @param size items a chunk, at most
 */
export function chunksByLength<T>(
  items: readonly T[],
  length: (item: T) => number,
  size: number,
): Indexed<T>[][] {
  const sorted = items
    .map((item, index) => ({ index, item }))
    .sort((a, b) => length(b.item) - length(a.item));
  return Array.from({ length: Math.ceil(sorted.length / size) }, (_, chunk) =>
    sorted.slice(chunk * size, (chunk + 1) * size),
  );
}
