import { sha256 } from '@noble/hashes/sha2.js';
import { contentHash } from './content-hash.js';
import { DataError } from './errors.js';
import type { SummarizationRecord } from './record.js';

/** What ties a record to others: its post, and its family where it has one. */
export type SplittableRecord = Pick<SummarizationRecord, 'id' | 'post' | 'family'>;

export interface SplitRecordsOptions<Name extends string> {
  /** Share of each split; positive, summing to 1. */
  fractions: Readonly<Record<Name, number>>;
  seed: number;
}

/** Two records that belong together but stand in two splits. */
export interface SplitLeak {
  readonly splits: readonly [string, string];
  readonly ids: readonly [string, string];
  readonly reason: 'same post' | 'same family';
}

/**
 * Splits records so that nothing leaks: records with the same post (up to case and white space) or of the same
 * family, directly or through others, are all on one side.
 *
 * A group's side is a hash of the seed and the group's least key, compared with the cumulated fractions. It
 * depends neither on the order of the records nor on the other groups, so a data set that grows keeps its
 * records where they were, unless a new record ties two groups together. The shares are met on average, with a
 * standard error of √(p(1 − p)/groups).
 *
 * @param records what to split
 * @param options fractions by name, and a seed
 * @returns the records of each split, in their order of arrival
 * @throws {DataError} `invalid-option` where the fractions are not positive or do not sum to 1
 * @example
 * const { train, test } = splitRecords(records, { fractions: { train: 0.9, test: 0.1 }, seed: 17 });
 */
export function splitRecords<R extends SplittableRecord, Name extends string>(
  records: Iterable<R>,
  options: SplitRecordsOptions<Name>,
): Record<Name, R[]> {
  const names = Object.keys(options.fractions) as Name[];
  const bounds = cumulate(names.map((name) => options.fractions[name]));
  if (!Number.isSafeInteger(options.seed)) {
    throw new DataError('invalid-option', `splitRecords: the seed is a whole number, not ${options.seed}.`);
  }
  const groups = new Groups();
  const keyed: { record: R; key: string }[] = [];
  for (const record of records) {
    const [key, ...others] = groupKeys(record);
    for (const other of others) groups.unite(key, other);
    keyed.push({ record, key });
  }
  const splits = Object.fromEntries(names.map((name) => [name, [] as R[]])) as Record<Name, R[]>;
  const sides = new Map<string, Name>();
  for (const { record, key } of keyed) {
    const group = groups.find(key);
    let side = sides.get(group);
    if (side === undefined) {
      const position = hashToUnit(JSON.stringify([options.seed, group]));
      const index = bounds.findIndex((bound) => position < bound);
      side = names[index === -1 ? names.length - 1 : index] as Name;
      sides.set(group, side);
    }
    splits[side].push(record);
  }
  return splits;
}

/**
 * Looks for leaks between splits, however they were made.
 *
 * @param splits records by the name of their split
 * @returns one entry for each key that two splits share, empty where nothing leaks
 * @example
 * findSplitLeaks({ train, test }).length; // 0
 */
export function findSplitLeaks(splits: Readonly<Record<string, Iterable<SplittableRecord>>>): SplitLeak[] {
  const seen = new Map<string, { split: string; id: string }>();
  const leaks: SplitLeak[] = [];
  for (const [split, records] of Object.entries(splits)) {
    for (const record of records) {
      for (const key of groupKeys(record)) {
        const first = seen.get(key);
        if (first === undefined) seen.set(key, { split, id: record.id });
        else if (first.split !== split) {
          const reason = key.startsWith('post:') ? 'same post' : 'same family';
          leaks.push({ splits: [first.split, split], ids: [first.id, record.id], reason });
        }
      }
    }
  }
  return leaks;
}

function groupKeys({ post, family }: SplittableRecord): [string, ...string[]] {
  const byPost = `post:${contentHash(post)}`;
  return family === undefined ? [byPost] : [byPost, `family:${family}`];
}

function cumulate(fractions: readonly number[]): number[] {
  const sum = fractions.reduce((total, fraction) => total + fraction, 0);
  if (fractions.length === 0 || !fractions.every((fraction) => fraction > 0) || Math.abs(sum - 1) > 1e-9) {
    throw new DataError(
      'invalid-option',
      `splitRecords: fractions are positive and sum to 1, not [${fractions.join(', ')}]. Give, say, { train: 0.9, test: 0.1 }.`,
    );
  }
  let total = 0;
  return fractions.map((fraction) => {
    total += fraction;
    return total;
  });
}

/** The first 53 bits of SHA-256 as a float64 in [0, 1). */
function hashToUnit(text: string): number {
  const view = new DataView(sha256(new TextEncoder().encode(text)).buffer);
  return (view.getUint32(0) * 2 ** 21 + (view.getUint32(4) >>> 11)) / 2 ** 53;
}

/** Union–find whose representative is the least key of the group, whatever the order of the unions. */
class Groups {
  readonly #parents = new Map<string, string>();

  find(key: string): string {
    let root = key;
    for (let parent = this.#parents.get(root); parent !== undefined; parent = this.#parents.get(root))
      root = parent;
    for (let node = key; node !== root; ) {
      const parent = this.#parents.get(node) ?? root;
      this.#parents.set(node, root);
      node = parent;
    }
    return root;
  }

  unite(a: string, b: string): void {
    const first = this.find(a);
    const second = this.find(b);
    if (first < second) this.#parents.set(second, first);
    else if (second < first) this.#parents.set(first, second);
  }
}
