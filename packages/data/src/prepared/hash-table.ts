/** Entries of a table at its start; a power of two. */
const FIRST_CAPACITY = 1 << 10;

/** A table grows when this share of it is full. */
const FULL = 0.7;

/**
 * A map from 128-bit hashes to whole numbers below 2³² − 1, in 20 bytes for each place and no objects.
 *
 * Millions of texts as the keys of a `Map` take ten times that, and a `Map` holds 2²⁴ entries at most.
 */
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
   * @param hash 32 hexadecimal digits
   * @returns what was there already, or undefined
   */
  putIfAbsent(hash: string, value: number): number | undefined {
    const words = wordsOf(hash);
    const place = placeOf(words, this.#hashes, this.#values);
    const found = this.#values[place] ?? 0;
    if (found > 0) return found - 1;
    this.#hashes.set(words, 4 * place);
    this.#values[place] = value + 1;
    this.#size++;
    if (this.#size > FULL * this.#values.length) this.#grow();
    return undefined;
  }

  #grow(): void {
    const [hashes, values] = [this.#hashes, this.#values];
    this.#hashes = new Uint32Array(2 * hashes.length);
    this.#values = new Uint32Array(2 * values.length);
    for (let place = 0; place < values.length; place++) {
      const value = values[place] ?? 0;
      if (value === 0) continue;
      const words = hashes.subarray(4 * place, 4 * place + 4);
      const other = placeOf(words, this.#hashes, this.#values);
      this.#hashes.set(words, 4 * other);
      this.#values[other] = value;
    }
  }
}

const words = new Uint32Array(4);

function wordsOf(hash: string): Uint32Array {
  for (let word = 0; word < 4; word++) words[word] = Number.parseInt(hash.slice(8 * word, 8 * word + 8), 16);
  return words;
}

/** Where a hash is, or would go: the first place from its own on that has it, or is empty. */
function placeOf(hash: Uint32Array, hashes: Uint32Array, values: Uint32Array): number {
  const mask = values.length - 1;
  // The bits of a hash are even already.
  let place = (hash[0] ?? 0) & mask;
  while (values[place] !== 0 && !isAt(hash, hashes, 4 * place)) place = (place + 1) & mask;
  return place;
}

function isAt(hash: Uint32Array, hashes: Uint32Array, start: number): boolean {
  return (
    hashes[start] === hash[0] &&
    hashes[start + 1] === hash[1] &&
    hashes[start + 2] === hash[2] &&
    hashes[start + 3] === hash[3]
  );
}
