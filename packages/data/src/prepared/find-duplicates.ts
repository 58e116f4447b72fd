import type { StoredColumn } from '../formats/stored-columns.js';
import { SpilledHashes } from './spilled-hashes.js';

/** The hashes of a part's records. */
type HashesOfPart<Options> = (
  options: Options,
  part: number,
  names: readonly ['recordHash'],
) => Promise<{ readonly rows: number; readonly columns: { readonly recordHash: StoredColumn } }>;

/** Records that are the same as an earlier one, by their numbers among the records of all parts. */
export class FoundDuplicates {
  /** Of each duplicate its number in the upper half, and the number of the first that it equals in the lower one; ascending. */
  readonly #pairs: BigUint64Array;

  constructor(pairs: BigUint64Array) {
    this.#pairs = pairs.sort();
  }

  /** Whether a record is one of them. */
  has(record: number): boolean {
    let [low, high] = [0, this.#pairs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Number((this.#pairs[middle] ?? 0n) >> 32n) < record) low = middle + 1;
      else high = middle;
    }
    const found = this.#pairs[low];
    return found !== undefined && Number(found >> 32n) === record;
  }

  /** What goes through all records in their order. */
  inOrder(): DuplicatesInOrder {
    return new DuplicatesInOrder(this.#pairs);
  }
}

/** One pass over all records that finds which are duplicates, and what those that they equal are called. */
class DuplicatesInOrder {
  readonly #pairs: BigUint64Array;
  /** The numbers of the firsts, ascending; one for each duplicate. */
  readonly #firsts: Uint32Array;
  readonly #names = new Map<number, string>();
  #nextPair = 0;
  #nextFirst = 0;

  constructor(pairs: BigUint64Array) {
    this.#pairs = pairs;
    this.#firsts = Uint32Array.from(pairs, (pair) => Number(pair & LOWER)).sort();
  }

  /** Is told what a record is called, where that will be asked for. */
  meet(record: number, name: () => string): void {
    if (this.#firsts[this.#nextFirst] !== record) return;
    this.#names.set(record, name());
    while (this.#firsts[this.#nextFirst] === record) this.#nextFirst++;
  }

  /** What the record that this one equals is called; undefined where it is the first. Records are asked for in their order. */
  at(record: number): string | undefined {
    const pair = this.#pairs[this.#nextPair];
    if (pair === undefined || Number(pair >> 32n) !== record) return undefined;
    this.#nextPair++;
    return this.#names.get(Number(pair & LOWER)) ?? '';
  }
}

const LOWER = 0xffff_ffffn;

/** Finds records with equal hashes, in memory that depends on the number of duplicates alone. */
export async function findDuplicates<
  Options extends {
    readonly parts: string;
    readonly count: number;
    readonly signal: AbortSignal | undefined;
  },
>(options: Options, hashesOf: HashesOfPart<Options>): Promise<FoundDuplicates> {
  const { parts, count, signal } = options;
  const hashes = new SpilledHashes(`${parts}/hashes`);
  try {
    let record = 0;
    for (let part = 0; part < count; part++) {
      const { rows, columns } = await hashesOf(options, part, ['recordHash']);
      const words = new Uint32Array(4);
      const values = columns.recordHash.values as Int32Array;
      for (let row = 0; row < rows; row++) {
        for (let word = 0; word < 4; word++) words[word] = values[4 * row + word] ?? 0;
        hashes.add(words, record++);
      }
      signal?.throwIfAborted();
    }
    let pairs = new BigUint64Array(1024);
    let found = 0;
    await hashes.compare((_hash, number, first) => {
      if (found === pairs.length) {
        const longer = new BigUint64Array(2 * found);
        longer.set(pairs);
        pairs = longer;
      }
      pairs[found++] = (BigInt(number) << 32n) | BigInt(first);
    }, signal);
    return new FoundDuplicates(pairs.slice(0, found));
  } finally {
    hashes.close();
  }
}
