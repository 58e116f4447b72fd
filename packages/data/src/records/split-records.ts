import { sha256 } from '@ais/runtime/files';
import { DataError } from '../errors.js';
import { contentHash } from './content-hash.js';
import type { PromptRecord } from './record.js';
import { shown } from './require-option.js';

/** What ties a record to others: its prompt, and its family where it has one. A record without a prompt has its response. */
export type SplittableRecord = Pick<PromptRecord, 'id' | 'prompt' | 'cut' | 'family'> & {
  readonly response?: string;
};

/** Options of `splitRecords`. */
export interface SplitRecordsOptions<Name extends string> {
  /** Share of each split; positive, summing to 1. */
  fractions: Readonly<Record<Name, number>>;
  seed: number;
}

/** Two records that belong together but are in two splits. */
export interface SplitLeak {
  readonly splits: readonly [string, string];
  readonly ids: readonly [string, string];
  readonly reason: 'same prompt' | 'same family';
}

/**
 * Splits records so that nothing leaks: records with the same prompt (up to case and white space) or of the same
 * family, directly or through others, are all on one side. Of a prompt with a part that may be cut, that part counts: a
 * TL;DR post under two titles is one post.
 *
 * A group's side is a hash of the seed and the group's least key, compared with the cumulated fractions. It
 * depends neither on the order of the records nor on the other groups, so a data set that grows keeps its
 * records where they were, unless a new record ties two groups together. The shares are met on average, with a
 * standard error of √(p(1 − p)/groups).
 *
 * @param records what to split
 * @param options fractions by name, and a seed
 * @returns the records of each split, in their order of arrival
 * @throws {DataError} `invalid-option` where the fractions have no names, are not positive, or do not sum to 1
 * @example
 * const { train, test } = splitRecords(records, { fractions: { train: 0.9, test: 0.1 }, seed: 17 });
 */
export function splitRecords<R extends SplittableRecord, Name extends string>(
  records: Iterable<R>,
  options: SplitRecordsOptions<Name>,
): Record<Name, R[]> {
  const assignment = new SplitAssignment(options);
  const keyed: { record: R; key: string }[] = [];
  for (const record of records) keyed.push({ record, key: assignment.add(splitKeys(record)) });
  const splits = Object.fromEntries(assignment.names.map((name) => [name, [] as R[]])) as Record<Name, R[]>;
  for (const { record, key } of keyed) splits[assignment.splitOf(key)].push(record);
  return splits;
}

/**
 * The rule of `splitRecords` for records that are not kept in memory: first `add` the keys of every record, then ask
 * for each record's split.
 */
export class SplitAssignment<Name extends string> {
  readonly names: readonly Name[];
  readonly #bounds: readonly number[];
  readonly #seed: number;
  readonly #groups = new Groups();

  constructor({ fractions, seed }: SplitRecordsOptions<Name>) {
    this.#bounds = cumulate(fractions);
    this.names = Object.keys(fractions) as Name[];
    if (!Number.isSafeInteger(seed)) {
      throw new DataError('invalid-option', `splitRecords: the seed must be an integer, got ${shown(seed)}.`);
    }
    this.#seed = seed;
  }

  /** @returns the key to ask with */
  add([key, ...others]: readonly [string, ...string[]]): string {
    for (const other of others) this.#groups.unite(key, other);
    return key;
  }

  splitOf(key: string): Name {
    const position = hashToUnit(JSON.stringify([this.#seed, this.#groups.find(key)]));
    const index = this.#bounds.findIndex((bound) => position < bound);
    return this.names[index === -1 ? this.names.length - 1 : index] as Name;
  }
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
  const finder = new SplitLeakFinder();
  for (const [split, records] of Object.entries(splits)) {
    for (const record of records) finder.add(split, record.id, splitKeys(record));
  }
  return finder.leaks;
}

/** `findSplitLeaks` for records that are not kept in memory. */
export class SplitLeakFinder {
  readonly leaks: SplitLeak[] = [];
  readonly #seen = new Map<string, { split: string; id: string }>();

  add(split: string, id: string, keys: readonly string[]): void {
    for (const key of keys) {
      const first = this.#seen.get(key);
      if (first === undefined) this.#seen.set(key, { split, id });
      else if (first.split !== split) {
        const reason = key.startsWith('post:') ? 'same prompt' : 'same family';
        this.leaks.push({ splits: [first.split, split], ids: [first.id, id], reason });
      }
    }
  }
}

/** The text by which records belong together: the part of the prompt that may be cut, or all of it. */
export function splitText({ prompt, cut, response = '' }: Omit<SplittableRecord, 'id'>): string {
  if (cut !== undefined) return prompt.slice(...cut);
  return prompt === '' ? response : prompt;
}

/**
 * What a record shares with others that belong on its side of a split: its prompt, up to case and white space, and its family.
 *
 * @example
 * const [key] = splitKeys({ prompt: 'Why?' });
 * console.log(key === splitKeys({ prompt: ' why? ' })[0]); // true
 */
export function splitKeys(record: Omit<SplittableRecord, 'id'>): SplitKeys {
  return splitKeysOfHash(contentHash(splitText(record)), record.family);
}

/** The same for a text of which only the `contentHash` is known. Splits depend on what keys look like. */
export function splitKeysOfHash(textHash: string, family: string | undefined): SplitKeys {
  return family === undefined ? [`post:${textHash}`] : [`post:${textHash}`, `family:${family}`];
}

type SplitKeys = [string, ...string[]];

function cumulate(named: Readonly<Record<string, number>>): number[] {
  // The places of a list would be the names of the splits.
  const isNamed = typeof named === 'object' && named !== null && !Array.isArray(named);
  const fractions = isNamed ? Object.values(named) : [];
  const sum = fractions.reduce((total, fraction) => total + fraction, 0);
  const isPositive = (fraction: unknown): boolean => typeof fraction === 'number' && fraction > 0;
  if (fractions.length === 0 || !fractions.every(isPositive) || Math.abs(sum - 1) > 1e-9) {
    throw new DataError(
      'invalid-option',
      `splitRecords: fractions must be ${Array.isArray(named) ? 'named' : 'positive and sum to 1'}, got ${shown(named)}. Use, for example, { train: 0.9, test: 0.1 }.`,
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
  const digest = sha256(text);
  const [high, low] = [0, 8].map((start) => Number.parseInt(digest.slice(start, start + 8), 16));
  return ((high ?? 0) * 2 ** 21 + ((low ?? 0) >>> 11)) / 2 ** 53;
}

/** Union–find whose representative is the least key of the group, whatever the order of the unions. */
export class Groups {
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
