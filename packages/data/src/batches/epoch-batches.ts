import { createRandom } from '@ais/runtime/random';
import { requireInteger } from '../records/require-option.js';

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
  const { batchSize, dropLast = false } = options;
  requireInteger('epochBatches: batchSize', batchSize, 1);
  const order = epochOrder(count, options);
  const batches: number[][] = [];
  for (let start = 0; start < count; start += batchSize) {
    const batch = order.slice(start, start + batchSize);
    if (batch.length === batchSize || !dropLast) batches.push(batch);
  }
  return batches;
}

/**
 * The order of one epoch: a seeded permutation of 0 … count − 1, which `epochBatches` cuts into batches.
 *
 * @throws {DataError} `invalid-option` where a number is not whole or out of range
 * @example
 * console.log(epochOrder(3, { seed: 17, epoch: 0 }).length); // 3
 */
export function epochOrder(
  count: number,
  { seed, epoch }: Pick<EpochBatchesOptions, 'seed' | 'epoch'>,
): number[] {
  requireInteger('epochBatches: count', count, 0);
  requireInteger('epochBatches: epoch', epoch, 0);
  requireInteger('epochBatches: seed', seed, Number.MIN_SAFE_INTEGER);
  return createRandom(seed, 'epoch', epoch).permutation(count);
}
