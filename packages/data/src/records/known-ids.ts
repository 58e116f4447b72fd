/**
 * The ids that a source has given, and where: 12 to 48 bytes an entry, so that a large data set does not fill the memory.
 *
 * Ids are told apart by 64 bits of hash: among a million different ones, the chance that any two are taken for equal is
 * 10¹²/2⁶⁵ ≈ 3·10⁻⁸.
 */
export class KnownIds {
  #entries = new Uint32Array(3 * 1024);
  #count = 0;

  /**
   * Notes an id.
   *
   * @param ordinal the number of its line or row, from 1 to 2³² − 1
   * @returns the ordinal under which the id is known already, or 0
   */
  add(id: string, ordinal: number): number {
    if (this.#count * 4 >= this.#entries.length) this.#grow();
    const [low, high] = hash64(id);
    return this.#insert(low, high, ordinal);
  }

  #insert(low: number, high: number, ordinal: number): number {
    const entries = this.#entries;
    const slots = entries.length / 3;
    // An ordinal of 0 marks a free slot. Slots are a power of two; linear probing.
    for (let slot = low & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      const at = slot * 3;
      const known = entries[at + 2] ?? 0;
      if (known === 0) {
        entries.set([low, high, ordinal], at);
        this.#count++;
        return 0;
      }
      if (entries[at] === low && entries[at + 1] === high) return known;
    }
  }

  #grow(): void {
    const old = this.#entries;
    this.#entries = new Uint32Array(old.length * 2);
    this.#count = 0;
    for (let at = 0; at < old.length; at += 3) {
      const ordinal = old[at + 2] ?? 0;
      if (ordinal > 0) this.#insert(old[at] ?? 0, old[at + 1] ?? 0, ordinal);
    }
  }
}

/** Two 32-bit multiply–xor hashes (the mixers of MurmurHash3) over UTF-16 units, each finished with the other. */
function hash64(text: string): [number, number] {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  const low = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  const high = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  return [low >>> 0, high >>> 0];
}
