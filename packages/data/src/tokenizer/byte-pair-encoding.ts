/** A byte-pair merge: the pair's two tokens give the third. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly merged: number;
}

/**
 * Byte-pair encoding of single pieces of text: while any two neighbors have a merge, apply the one that was learned
 * first, the leftmost where it applies more than once.
 *
 * The candidates wait in a heap, so a piece of n symbols takes O(n log n). An entry is 2³²·rank + position; it is stale
 * where its pair has gone by the time it is met, as in the Rust library.
 *
 * @param merges in the order in which they were learned
 * @returns a function that merges the first `count` tokens of an array in place and returns how many are left
 */
export function bytePairEncoding(merges: readonly Merge[]): (tokens: Int32Array, count: number) => number {
  const rankOf = rankTable(merges);
  const results = Int32Array.from(merges, ({ merged }) => merged);
  const heap: number[] = [];
  let next = new Int32Array(64);
  let previous = new Int32Array(64);

  return (tokens, count) => {
    if (count > next.length) {
      next = new Int32Array(2 * count);
      previous = new Int32Array(2 * count);
    }
    const rankAt = (position: number): number => {
      const follower = next[position] ?? count;
      return follower < count ? rankOf(tokens[position] ?? 0, tokens[follower] ?? 0) : NONE;
    };
    const propose = (position: number): void => {
      const rank = rankAt(position);
      if (rank !== NONE) push(heap, rank * POSITIONS + position);
    };
    for (let position = 0; position < count; position++) {
      next[position] = position + 1;
      previous[position] = position - 1;
    }
    for (let position = 0; position + 1 < count; position++) propose(position);
    let left = count;
    while (heap.length > 0) {
      const entry = pop(heap);
      const rank = Math.floor(entry / POSITIONS);
      const position = entry % POSITIONS;
      if (tokens[position] === GONE) continue;
      const current = rankAt(position);
      if (current === NONE || results[current] !== results[rank]) continue;
      const follower = next[position] ?? count;
      const beyond = next[follower] ?? count;
      tokens[position] = results[rank] ?? 0;
      tokens[follower] = GONE;
      next[position] = beyond;
      if (beyond < count) previous[beyond] = position;
      left--;
      const before = previous[position] ?? -1;
      if (before >= 0) propose(before);
      propose(position);
    }
    let kept = 0;
    for (let position = 0; position < count; position = next[position] ?? count) {
      tokens[kept++] = tokens[position] ?? 0;
    }
    return left;
  };
}

const POSITIONS = 2 ** 32;
const GONE = -1;
const NONE = -1;

/**
 * The rank of a pair's merge, or NONE: a hash table with linear probing, at most half full, since a `Map` would have to
 * be keyed by numbers above 2³¹ and is several times as slow with these. Of merges of one pair the last counts.
 */
function rankTable(merges: readonly Merge[]): (left: number, right: number) => number {
  const slots = 2 ** Math.ceil(Math.log2(2 * merges.length + 2));
  // Left, right and rank of each slot; a rank of NONE marks a free one.
  const table = new Int32Array(3 * slots).fill(NONE);
  const find = (left: number, right: number): number => {
    let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 0;
    for (slot = (slot ^ (slot >>> 15)) & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      const at = 3 * slot;
      if (table[at + 2] === NONE || (table[at] === left && table[at + 1] === right)) return at;
    }
  };
  for (const [rank, { left, right }] of merges.entries()) table.set([left, right, rank], find(left, right));
  return (left, right) => table[find(left, right) + 2] ?? NONE;
}

function push(heap: number[], entry: number): void {
  let index = heap.length;
  heap.push(entry);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent] ?? 0;
    if (above <= entry) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = entry;
}

function pop(heap: number[]): number {
  const least = heap[0] ?? 0;
  const last = heap.pop() ?? 0;
  const size = heap.length;
  if (size === 0) return least;
  let index = 0;
  for (let child = 1; child < size; child = 2 * index + 1) {
    if (child + 1 < size && (heap[child + 1] ?? 0) < (heap[child] ?? 0)) child++;
    const below = heap[child] ?? 0;
    if (below >= last) break;
    heap[index] = below;
    index = child;
  }
  heap[index] = last;
  return least;
}
