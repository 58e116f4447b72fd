import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeWhole } from '@ais/runtime/files';
import { ConfigurationMismatch, TrainerError } from '../errors.js';
import { firstDifference, type Json, type JsonObject, valueAt } from './json.js';
import { openPartialWork, type PartialWork, partialPath, readPartialWork } from './partial-work.js';
import { requireWhole } from './require-whole.js';

/** One of `count` shares of long work: the second of four is `{ index: 2, count: 4 }`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * Whether a part of long work belongs to a shard: parts are dealt out round-robin, so that shards are alike where parts are sorted.
 *
 * A part is a whole batch of whatever computes it. So a shard computes the batches that the whole would, and its numbers are
 * the same to the last digit, whatever the number of shards.
 *
 * @example
 * console.log([0, 1, 2, 3, 4].filter((part) => isOfShard(part, { index: 2, count: 3 }))); // [ 1, 4 ]
 */
export function isOfShard(part: number, { index, count }: Shard): boolean {
  return part % count === index - 1;
}

/**
 * Where a shard of what is to be at a path is kept.
 *
 * @example
 * console.log(shardPath('responses.jsonl', { index: 2, count: 4 })); // responses.jsonl.shard-2-of-4
 */
export function shardPath(path: string, { index, count }: Shard): string {
  return `${path}.shard-${index}-of-${count}`;
}

/**
 * Opens the file of a shard, to resume it or to start it: partial work that is whole when its own parts are done.
 *
 * @param path of the whole
 * @param parts of the whole
 * @throws {TrainerError} `invalid-option`
 * @throws {FileError} `disk-full`, `not-writable`
 * @example
 * const work = await openShard('cubes', { of: 'cubes' }, { index: 1, count: 1 }, 2);
 * await work.keep(0, 0);
 * await work.keep(1, 1);
 * await work.close();
 * console.log(await mergeShards('cubes')); // { of: 'cubes' }
 */
export async function openShard<Part extends Json>(
  path: string,
  inputs: JsonObject,
  shard: Shard,
  parts: number,
): Promise<PartialWork<Part>> {
  const { index, count } = shard;
  if (!(Number.isSafeInteger(index) && Number.isSafeInteger(count) && index >= 1 && index <= count)) {
    throw new TrainerError('invalid-option', `a shard is 1/n to n/n, got ${index}/${count}.`);
  }
  requireWhole('parts', parts, 0);
  return openPartialWork(shardPath(path, shard), { ...inputs, shard: { index, count, parts } }, 'if-same');
}

/**
 * Puts the shards beside a path together, as partial work with every part done: `<path>.partial`, which the command or the
 * function that makes the whole resumes from.
 *
 * @returns what the work depends on
 * @throws {TrainerError} `invalid-shards` naming shards that are missing, not finished, there twice, or of another number
 * @throws {ConfigurationMismatch} naming the input in which two shards differ
 * @example
 * const merged = () => mergeShards('responses.jsonl'); // of responses.jsonl.shard-1-of-2 and responses.jsonl.shard-2-of-2
 */
export async function mergeShards(path: string): Promise<JsonObject> {
  const files = await shardsBeside(path);
  const invalid = (message: string): TrainerError =>
    new TrainerError('invalid-shards', `${path}: ${message}`);
  const found = new Map<number, string>();
  const done = new Map<number, Json>();
  let whole: { readonly file: string; readonly inputs: JsonObject; readonly shape: ShardOfWork } | undefined;
  for (const file of files) {
    const work = await readPartialWork(file);
    const { shard, ...inputs } = work?.inputs ?? {};
    if (!work || !isShardOfWork(shard)) throw invalid(`${file} is not a shard. Remove it.`);
    const own = shard;
    whole ??= { file, inputs, shape: own };
    if (own.count !== whole.shape.count) {
      throw invalid(
        `there are shards of ${whole.shape.count} (${whole.file}) and of ${own.count} (${file}). Remove those of one kind.`,
      );
    }
    const key = firstDifference(withoutNotes(whole.inputs), withoutNotes(inputs));
    if (key !== undefined) {
      throw new ConfigurationMismatch(key, file, valueAt(inputs, key), valueAt(whole.inputs, key), 'file');
    }
    if (own.parts !== whole.shape.parts) {
      throw invalid(`${file} has a share of ${own.parts} parts, and ${whole.file} of ${whole.shape.parts}.`);
    }
    const twin = found.get(own.index);
    if (twin !== undefined) {
      throw invalid(`${twin} and ${file} are both shard ${own.index}/${own.count}. Remove one.`);
    }
    found.set(own.index, file);
    for (let part = own.index - 1; part < own.parts; part += own.count) {
      const value = work.done.get(part);
      if (value === undefined) {
        throw invalid(`shard ${own.index}/${own.count} is not finished. Run its command again: it resumes.`);
      }
      done.set(part, value);
    }
  }
  if (!whole) throw invalid(`there are no shards of it (${basename(path)}.shard-1-of-…).`);
  const { count, parts } = whole.shape;
  const missing: string[] = [];
  for (let index = 1; index <= count && missing.length < MOST_NAMED; index++) {
    if (!found.has(index)) missing.push(`${index}/${count}`);
  }
  if (missing.length > 0) {
    const more = count - found.size - missing.length;
    const named = `${missing.join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
    throw invalid(
      `${missing.length === 1 ? 'shard' : 'shards'} ${named} missing. Run the command with --shard.`,
    );
  }
  const kept = partialPath(path);
  // Not one with parts of an earlier attempt.
  await writeWhole(kept, '');
  const work = await openPartialWork<Json>(kept, whole.inputs, false);
  for (let part = 0; part < parts; part++) await work.keep(part, done.get(part) ?? null);
  await work.close();
  return whole.inputs;
}

/** The files beside a path that are named as its shards, by their names. */
export async function shardsBeside(path: string): Promise<string[]> {
  const start = `${basename(path)}.shard-`;
  const names = await readdir(dirname(path)).catch(() => []);
  return names
    .filter((name) => name.startsWith(start))
    .sort()
    .map((name) => join(dirname(path), name));
}

/** Missing shards that a message names. */
const MOST_NAMED = 20;

interface ShardOfWork extends Shard {
  /** Of the whole. */
  readonly parts: number;
}

function isShardOfWork(value: unknown): value is ShardOfWork {
  const { index, count, parts } = (value ?? {}) as Partial<Record<keyof ShardOfWork, unknown>>;
  const isWhole = (number: unknown): number is number => Number.isSafeInteger(number);
  return isWhole(index) && isWhole(count) && isWhole(parts) && index >= 1 && index <= count && parts >= 0;
}

function withoutNotes({ notes: _, ...inputs }: JsonObject): JsonObject {
  return inputs;
}
