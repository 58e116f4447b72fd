import { createRandom, type Random } from '@ais/runtime/random';
import { DataError } from '../errors.js';

/** How examples are put together. */
export type Batching =
  /** So many examples a batch, of similar length. */
  | { readonly by: 'length'; readonly batchSize: number }
  /** Examples of similar length, as many as fit: examples × longest ≤ maxTokens, which is what padding costs. */
  | { readonly by: 'tokens'; readonly maxTokens: number }
  /** Rows of several examples one after the other, at most rowTokens long, and this many rows per batch. */
  | { readonly by: 'packing'; readonly rowTokens: number; readonly rows: number };

export type BatchPlanOptions = Batching & {
  readonly seed: number;
  /**
   * Examples that are sorted by length together; 2,048 by default, rounded up to whole batches. An example is met less
   * than this many examples away from its place in the epoch's random order.
   */
  readonly window?: number;
};

/** Where a run is: the next batch, and its epoch. Both are counted from 0. */
export interface BatchPosition {
  readonly epoch: number;
  readonly batch: number;
}

/** A batch. Its rows are of one example each unless examples are packed. */
export interface PlannedBatch {
  /** Indices of examples, row by row. */
  readonly rows: readonly (readonly number[])[];
  /** Where a run continues after this batch. */
  readonly next: BatchPosition;
}

/** Batches of every epoch, from any position. */
export interface BatchPlan {
  /** The batches of one epoch; every example is in one of them. */
  epoch(epoch: number): readonly PlannedBatch[];
  /** The endless sequence from a position, the start by default. */
  from(position?: BatchPosition): Generator<PlannedBatch, never>;
}

/**
 * Plans batches of examples of similar length, so that little is padded, and still in random order.
 *
 * Each epoch is a seeded permutation, cut into windows. Within a window examples are sorted by length (ties as the
 * permutation has them) and cut into batches, or packed into rows by best fit, the longest first; then the window's
 * batches are shuffled. Everything follows from lengths, options and position alone, so a run that stores
 * `next` continues exactly where it stopped.
 *
 * @param lengths tokens of each example, at least 1
 * @param options how examples are put together, the seed, and the window
 * @returns the plan
 * @throws {DataError} `invalid-option` for a number that is not whole or out of range, and for an example longer than a
 *   row or a batch may be
 * @example
 * const plan = planBatches([5, 9, 6, 2], { by: 'tokens', maxTokens: 12, seed: 17 });
 * const [first] = plan.epoch(0);
 * const again = plan.from(first?.next).next().value; // the second batch
 */
export function planBatches(lengths: ArrayLike<number>, options: BatchPlanOptions): BatchPlan {
  const { seed, window = 2048 } = options;
  requireWhole('window', window, 1);
  if (!Number.isSafeInteger(seed)) requireWhole('seed', seed, 0);
  const longestAllowed = requireBatching(options);
  const step = options.by === 'length' ? Math.ceil(window / options.batchSize) * options.batchSize : window;
  for (let index = 0; index < lengths.length; index++) {
    const length = lengths[index] ?? 0;
    requireWhole(`the length of example ${index}`, length, 1);
    if (length <= longestAllowed) continue;
    throw new DataError(
      'invalid-option',
      `planBatches: example ${index} has ${length} tokens, and a row may have ${longestAllowed}. Raise the limit, or cut the examples.`,
    );
  }
  const epoch = (number: number): PlannedBatch[] => {
    requireWhole('epoch', number, 0);
    const random = createRandom(seed, 'batches', number);
    const order = random.shuffle(Array.from({ length: lengths.length }, (_, index) => index));
    const batches: number[][][] = [];
    for (let start = 0; start < order.length; start += step) {
      batches.push(...planWindow(order.slice(start, start + step), lengths, options, random));
    }
    return batches.map((rows, batch) => ({
      rows,
      next:
        batch + 1 < batches.length ? { epoch: number, batch: batch + 1 } : { epoch: number + 1, batch: 0 },
    }));
  };
  return {
    epoch,
    *from(position = { epoch: 0, batch: 0 }) {
      if (lengths.length === 0) {
        throw new DataError('invalid-option', 'planBatches: there are no examples to make batches of.');
      }
      requireWhole('the position’s batch', position.batch, 0);
      for (let { epoch: number, batch } = position; ; number++, batch = 0) {
        const batches = epoch(number);
        if (batch >= batches.length) {
          throw new DataError(
            'invalid-option',
            `planBatches: epoch ${number} has ${batches.length} batches, and no batch ${batch}. The position is of another plan.`,
          );
        }
        yield* batches.slice(batch);
      }
    },
  };
}

/** @returns the longest example that fits */
function requireBatching(options: BatchPlanOptions): number {
  switch (options.by) {
    case 'length':
      requireWhole('batchSize', options.batchSize, 1);
      return Number.POSITIVE_INFINITY;
    case 'tokens':
      requireWhole('maxTokens', options.maxTokens, 1);
      return options.maxTokens;
    case 'packing':
      requireWhole('rowTokens', options.rowTokens, 1);
      requireWhole('rows', options.rows, 1);
      return options.rowTokens;
    default:
      throw new DataError(
        'invalid-option',
        `planBatches: batches are made by 'length', 'tokens' or 'packing', not ${JSON.stringify((options as { by: unknown }).by)}.`,
      );
  }
}

function planWindow(
  window: readonly number[],
  lengths: ArrayLike<number>,
  options: Batching,
  random: Random,
): number[][][] {
  const lengthOf = (index: number): number => lengths[index] ?? 0;
  const longestFirst = [...window].sort((a, b) => lengthOf(b) - lengthOf(a));
  if (options.by === 'packing') {
    const rows = random.shuffle(packRows(longestFirst, lengthOf, options.rowTokens));
    return inGroups(rows, options.rows);
  }
  if (options.by === 'length') return random.shuffle(inGroups(longestFirst.map(alone), options.batchSize));
  const batches: number[][][] = [];
  let batch: number[][] = [];
  for (const index of longestFirst) {
    const [longest = index] = batch[0] ?? [];
    if (lengthOf(longest) * (batch.length + 1) > options.maxTokens) {
      batches.push(batch);
      batch = [];
    }
    batch.push(alone(index));
  }
  if (batch.length > 0) batches.push(batch);
  return random.shuffle(batches);
}

const alone = (index: number): number[] => [index];

/**
 * Best fit, the longest first: each example goes into the row with the least room that takes it, the oldest of equals;
 * rows are kept by their room, so that finding one takes no search through all rows.
 */
function packRows(
  longestFirst: readonly number[],
  lengthOf: (index: number) => number,
  rowTokens: number,
): number[][] {
  const rows: number[][] = [];
  const byRoom: number[][][] = [];
  for (const index of longestFirst) {
    const length = lengthOf(index);
    let room = length;
    while (room < rowTokens && !byRoom[room]?.length) room++;
    let row = byRoom[room]?.shift();
    if (row === undefined) {
      row = [];
      rows.push(row);
      room = rowTokens;
    }
    row.push(index);
    const left = room - length;
    byRoom[left] ??= [];
    byRoom[left].push(row);
  }
  return rows;
}

function inGroups<T>(values: readonly T[], size: number): T[][] {
  const groups: T[][] = [];
  for (let start = 0; start < values.length; start += size) groups.push(values.slice(start, start + size));
  return groups;
}

function requireWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new DataError(
    'invalid-option',
    `planBatches: ${name} is a whole number from ${least}, not ${value}.`,
  );
}
