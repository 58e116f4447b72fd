import { ownCopy } from '../records/own-copy.js';

/**
 * A map that forgets what was not asked for lately: two generations of at most `size` entries each. What the older one
 * is asked for moves to the younger, and when that is full the older one is dropped.
 */
export class RecentMap<V> {
  readonly #size: number;
  #younger = new Map<string, V>();
  #older = new Map<string, V>();

  constructor(size: number) {
    this.#size = size;
  }

  get(key: string): V | undefined {
    const value = this.#younger.get(key);
    if (value !== undefined) return value;
    const older = this.#older.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: string, value: V): void {
    if (this.#younger.size >= this.#size) {
      this.#older = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(ownCopy(key), value);
  }
}
