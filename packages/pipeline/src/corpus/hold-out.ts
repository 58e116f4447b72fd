import { createHash } from 'node:crypto';

/** What is learned from, and what is kept out to measure on. */
export interface HeldOut<Item> {
  readonly trained: readonly Item[];
  readonly heldOut: readonly Item[];
}

/** What ties an item to others; the first key names the item's group. */
export type Keys = readonly [string, ...string[]];

/**
 * Holds out whole groups of items, so that nothing that is measured on was learned from.
 *
 * Items that share a key, directly or through others, are a group: it is named by the least of its items' first keys. Groups
 * are chosen by a hash of their name and the seed alone: neither the order of the items nor their number matters to
 * which of two groups is held out first. Both parts keep the order of the items.
 *
 * @param keys what an item shares with others that must stay on its side, such as its family and its prompt
 * @param wanted how many items to hold out, about: groups are held out whole until there are as many
 */
export function holdOut<Item>(
  items: readonly Item[],
  keys: (item: Item) => Keys,
  wanted: number,
  seed: number,
): HeldOut<Item> {
  const group = groupsBy(items, keys);
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

/** The name of each item's group. */
function groupsBy<Item>(items: readonly Item[], keys: (item: Item) => Keys): (item: Item) => string {
  const parents = new Map<string, string>();
  const rootOf = (key: string): string => {
    let root = key;
    for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) root = parent;
    return root;
  };
  // Keys are numbered by their place, so that a name is never taken for another kind of key.
  const placed = (item: Item): string[] => keys(item).map((key, place) => `${place} ${key}`);
  for (const item of items) {
    const [first = '', ...others] = placed(item);
    for (const other of others) {
      const [a, b] = [rootOf(first), rootOf(other)];
      // The least name is the root. Names come before the other keys, since their place is 0.
      if (a !== b) parents.set(a < b ? b : a, a < b ? a : b);
    }
  }
  return (item) => rootOf(`0 ${keys(item)[0]}`).slice('0 '.length);
}

function rankOf(name: string, seed: number): string {
  return createHash('sha256').update(`${seed}\n${name}`).digest('hex');
}
