import { sha256 } from '@ais/runtime/files';
import { requireInteger } from './require-option.js';
import { Groups } from './split-records.js';

/** What is learned from, and what is kept out to measure on. */
export interface HeldOut<Item> {
  readonly trained: readonly Item[];
  readonly heldOut: readonly Item[];
}

/** What ties an item to others; the first key names the item's group. Keys at different places are never the same. */
export type HoldOutKeys = readonly [string, ...string[]];

/**
 * Holds out whole groups of items, so that nothing that is measured on was learned from: two items that share a key,
 * directly or through others, are on the same side.
 *
 * A group is named by the least of its items' first keys, and chosen by a hash of the seed and that name alone: neither the
 * order of the items nor their number matters to which of two groups is held out first.
 *
 * @param items texts, pairs, or whatever has keys, all in memory
 * @param keysOf what an item shares with others that must stay on its side: its family, its prompt
 * @param wanted how many items to hold out, about: groups are held out whole until there are as many. Unless all are wanted,
 *   something is left to learn from: where all items belong together, nothing is held out
 * @param seed of the choice
 * @returns both parts, in the order of the items
 * @throws {DataError} `invalid-option` for a number of items that is not an integer, or below 0, and a seed that is not an integer
 * @example
 * const { trained, heldOut } = holdOut(records, splitKeys, 5, 17);
 * console.log(trained.length, heldOut.length); // 15 5
 */
export function holdOut<Item>(
  items: readonly Item[],
  keysOf: (item: Item) => HoldOutKeys,
  wanted: number,
  seed: number,
): HeldOut<Item> {
  requireInteger('holdOut: wanted', wanted, 0);
  requireInteger('holdOut: seed', seed, Number.MIN_SAFE_INTEGER);
  const ties = new Groups();
  const keyed = items.map((item) => {
    // Numbered by their places: the least key of a group is a first one then, which is its name.
    const [key = '', ...others] = keysOf(item).map((each, place) => `${place} ${each}`);
    for (const other of others) ties.unite(key, other);
    return { item, key };
  });
  const sizes = new Map<string, number>();
  for (const { key } of keyed) sizes.set(ties.find(key), (sizes.get(ties.find(key)) ?? 0) + 1);
  const ranked = [...sizes]
    .map(([group, size]) => ({ group, size, rank: sha256(`${seed}\n${group.slice('0 '.length)}`) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const held = new Set<string>();
  let count = 0;
  for (const { group, size } of ranked) {
    if (count >= wanted) break;
    if (wanted < items.length && count + size === items.length) continue;
    held.add(group);
    count += size;
  }
  const part = (isHeld: boolean): Item[] =>
    keyed.flatMap(({ item, key }) => (held.has(ties.find(key)) === isHeld ? [item] : []));
  return { trained: part(false), heldOut: part(true) };
}
