import { createRandom } from '@ais/runtime/random';
import { DataError } from '../errors.js';

/** Options of `epochBatches`. */
export interface EpochBatchesOptions {
  /** Examples a batch. */
  batchSize: number;
  seed: number;
  /** Counted from 0; every epoch has its own order. */
  epoch: number;
  /** Drop a last batch that is not full; kept by default. */
  dropLast?: boolean;
}

/**
 * One epoch's batches: a seeded permutation of 0 … count − 1, cut into batches.
 *
 * The result depends on the arguments alone, so a run resumes at batch n with `.slice(n)`.
 *
 * @param count how many examples there are
 * @param options batch size, seed and epoch
 * @returns batches of indices; every index once (but for those of a dropped last batch)
 * @throws {DataError} `invalid-option` where a number is not whole or out of range
 * @example
 * epochBatches(5, { batchSize: 2, seed: 17, epoch: 0 }); // three batches, the last with one index
 */
export function epochBatches(count: number, options: EpochBatchesOptions): number[][] {
  const { batchSize, seed, epoch, dropLast = false } = options;
  requireWhole('count', count, 0);
  requireWhole('batchSize', batchSize, 1);
  requireWhole('epoch', epoch, 0);
  requireWhole('seed', seed, Number.MIN_SAFE_INTEGER);
  const order = createRandom(seed, 'epoch', epoch).shuffle(
    Array.from({ length: count }, (_, index) => index),
  );
  const batches: number[][] = [];
  for (let start = 0; start < count; start += batchSize) {
    const batch = order.slice(start, start + batchSize);
    if (batch.length === batchSize || !dropLast) batches.push(batch);
  }
  return batches;
}

function requireWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new DataError(
      'invalid-option',
      `epochBatches: ${name} must be an integer ≥ ${least}, got ${value}.`,
    );
  }
}
