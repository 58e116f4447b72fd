import { createHash } from 'node:crypto';

/** What is learned from, and what is kept out to measure on. */
export interface HeldOut<Item> {
  readonly trained: readonly Item[];
  readonly heldOut: readonly Item[];
}

/**
 * Holds out whole groups of items, so that nothing that is measured on was learned from.
 *
 * Groups are chosen by a hash of their name and the seed alone: neither the order of the items nor their number matters to
 * which of two groups is held out first. Both parts keep the order of the items.
 *
 * @param group what an item shares with others that must stay on its side, such as its prompt
 * @param wanted how many items to hold out, about: groups are held out whole until there are as many
 */
export function holdOut<Item>(
  items: readonly Item[],
  group: (item: Item) => string,
  wanted: number,
  seed: number,
): HeldOut<Item> {
  const sizes = new Map<string, number>();
  for (const item of items) sizes.set(group(item), (sizes.get(group(item)) ?? 0) + 1);
  const ranked = [...sizes]
    .map(([name, size]) => ({ name, size, rank: rankOf(name, seed) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const held = new Set<string>();
  let count = 0;
  for (const { name, size } of ranked) {
    if (count >= wanted) break;
    held.add(name);
    count += size;
  }
  return {
    trained: items.filter((item) => !held.has(group(item))),
    heldOut: items.filter((item) => held.has(group(item))),
  };
}

function rankOf(name: string, seed: number): string {
  return createHash('sha256').update(`${seed}\n${name}`).digest('hex');
}
