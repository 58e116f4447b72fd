import { explainFileError, nodeBuiltin } from '@ais/runtime/files';
import { HashTable, type HashWords } from './hash-table.js';

/** The buckets that hashes are dealt to by their first byte. */
const BUCKETS = 256;

/** A hash and its number, in words. */
const ENTRY = 5;

/** Entries of a bucket that are in memory before they go to the file. */
const HELD = 1024;

/**
 * Hashes of 128 bits with a number each, more than memory has room for: they are dealt to 256 buckets by their first byte, and a full
 * piece of a bucket goes to a file. To compare them, one bucket at a time is read back, since equal hashes are in the same one.
 *
 * Up to 1,024 entries of each bucket stay in memory, 5 MB in all; a bucket that is read takes 30 to 60 bytes for each of its hashes,
 * which is a quarter of a byte for each hash of all.
 */
export class SpilledHashes {
  readonly #path: string;
  readonly #held: Uint32Array[] = [];
  /** Entries that the held piece of each bucket has. */
  readonly #counts = new Uint32Array(BUCKETS);
  /** The pieces of each bucket in the file, by their places, all of `HELD` entries. */
  readonly #pieces: number[][] = Array.from({ length: BUCKETS }, () => []);
  #written = 0;
  #file: number | undefined;

  /** @param path of the file, which is made where it is needed */
  constructor(path: string) {
    this.#path = path;
  }

  add(hash: ArrayLike<number>, number: number): void {
    const bucket = (hash[0] ?? 0) >>> 24;
    this.#held[bucket] ??= new Uint32Array(ENTRY * HELD);
    const held = this.#held[bucket];
    const count = this.#counts[bucket] ?? 0;
    const at = ENTRY * count;
    for (let word = 0; word < 4; word++) held[at + word] = hash[word] ?? 0;
    held[at + 4] = number;
    this.#counts[bucket] = count + 1;
    if (count + 1 === HELD) this.#spill(bucket, held);
  }

  /**
   * Finds the hashes that were there before.
   *
   * @param again told of a hash, its number, and the number of the first that is equal to it: bucket after bucket, and in each in the
   *   order in which they were added
   * @param signal stops it after a bucket
   */
  async compare(
    again: (hash: HashWords, number: number, first: number) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const { readSync } = nodeBuiltin('node:fs', 'Comparing hashes');
    const { setImmediate } = nodeBuiltin('node:timers/promises', 'Comparing hashes');
    const table = new HashTable();
    const piece = new Uint32Array(ENTRY * HELD);
    const look = (entries: Uint32Array, count: number): void => {
      for (let at = 0; at < ENTRY * count; at += ENTRY) {
        const number = entries[at + 4] ?? 0;
        const first = table.putIfAbsent(entries, at, number);
        if (first === undefined) continue;
        const [a = 0, b = 0, c = 0, d = 0] = entries.subarray(at, at + 4);
        again([a, b, c, d], number, first);
      }
    };
    for (const [bucket, pieces] of this.#pieces.entries()) {
      for (const place of pieces) {
        const bytes = readSync(this.#file as number, piece, 0, piece.byteLength, place * piece.byteLength);
        if (bytes !== piece.byteLength) throw new Error(`@ais/data: ${this.#path} was cut off.`);
        look(piece, HELD);
      }
      const held = this.#held[bucket];
      if (held) look(held, this.#counts[bucket] ?? 0);
      table.clear();
      await setImmediate();
      signal?.throwIfAborted();
    }
  }

  /** Removes the file. */
  close(): void {
    const { closeSync, rmSync } = nodeBuiltin('node:fs', 'Comparing hashes');
    if (this.#file === undefined) return;
    closeSync(this.#file);
    rmSync(this.#path, { force: true });
    this.#file = undefined;
  }

  #spill(bucket: number, held: Uint32Array): void {
    const { openSync, writeSync } = nodeBuiltin('node:fs', 'Comparing hashes');
    const place = this.#written * held.byteLength;
    try {
      this.#file ??= openSync(this.#path, 'w+');
      for (let done = 0; done < held.byteLength; ) {
        done += writeSync(this.#file, held, done, held.byteLength - done, place + done);
      }
    } catch (error) {
      throw explainFileError(error, this.#path);
    }
    this.#pieces[bucket]?.push(this.#written++);
    this.#counts[bucket] = 0;
  }
}
