/** Entries of a table at its start; a power of two. */
const FIRST_CAPACITY = 1 << 10;

/** A table grows when this share of it is full. */
const FULL = 0.7;

/** A hash of 128 bits. */
export type HashWords = readonly [number, number, number, number];

/** A map from 128-bit hashes to whole numbers below 2³² − 1, in 20 bytes for each place and no objects. */
export class HashTable {
  /** Four words a place. */
  #hashes = new Uint32Array(4 * FIRST_CAPACITY);
  /** The value and 1; 0 where the place is empty. */
  #values = new Uint32Array(FIRST_CAPACITY);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * The value of a hash, or this one from now on where it has none.
   *
   * @param at where the hash's four words start in `words`
   * @returns what was there already, or undefined
   */
  putIfAbsent(words: Uint32Array, at: number, value: number): number | undefined {
    const place = placeOf(words, at, this.#hashes, this.#values);
    const found = this.#values[place] ?? 0;
    if (found > 0) return found - 1;
    for (let word = 0; word < 4; word++) this.#hashes[4 * place + word] = words[at + word] ?? 0;
    this.#values[place] = value + 1;
    this.#size++;
    if (this.#size > FULL * this.#values.length) this.#grow();
    return undefined;
  }

  /** Forgets everything, and keeps the room. */
  clear(): void {
    this.#values.fill(0);
    this.#size = 0;
  }

  #grow(): void {
    const [hashes, values] = [this.#hashes, this.#values];
    this.#hashes = new Uint32Array(2 * hashes.length);
    this.#values = new Uint32Array(2 * values.length);
    for (let place = 0; place < values.length; place++) {
      const value = values[place] ?? 0;
      if (value === 0) continue;
      const other = placeOf(hashes, 4 * place, this.#hashes, this.#values);
      for (let word = 0; word < 4; word++) this.#hashes[4 * other + word] = hashes[4 * place + word] ?? 0;
      this.#values[other] = value;
    }
  }
}

/**
 * The words of a hash.
 *
 * @param hash 32 hexadecimal digits
 */
export function hashWords(hash: string): HashWords {
  const word = (index: number): number => Number.parseInt(hash.slice(8 * index, 8 * index + 8), 16);
  return [word(0), word(1), word(2), word(3)];
}

/** Where a hash is, or would go: the first place from its own on that has it, or is empty. */
function placeOf(words: Uint32Array, at: number, hashes: Uint32Array, values: Uint32Array): number {
  const mask = values.length - 1;
  // The bits of a hash are even already; those of the first word may have chosen the table.
  let place = (words[at + 1] ?? 0) & mask;
  while (values[place] !== 0 && !isAt(words, at, hashes, 4 * place)) place = (place + 1) & mask;
  return place;
}

function isAt(words: Uint32Array, at: number, hashes: Uint32Array, start: number): boolean {
  return (
    hashes[start] === words[at] &&
    hashes[start + 1] === words[at + 1] &&
    hashes[start + 2] === words[at + 2] &&
    hashes[start + 3] === words[at + 3]
  );
}
