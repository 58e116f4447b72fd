import { createRandom } from '@ais/runtime';
import * as fc from 'fast-check';
import { type ResponseSpace, responseSpace } from '../src/exact/response-space.js';
import type { PolicyTable } from '../src/exact/tabular-policy.js';

/** Spaces of up to 243 responses, with every kind of context. */
export const spaces: fc.Arbitrary<ResponseSpace> = fc
  .record({
    vocabulary: fc.integer({ min: 2, max: 3 }),
    length: fc.integer({ min: 1, max: 5 }),
    context: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant('full' as const)),
  })
  .map(({ vocabulary, length, context }) => responseSpace(vocabulary, length, context));

export const seeds: fc.Arbitrary<number> = fc.integer({ min: 0, max: 1e6 });

/** Normal numbers by a seed, one for each entry of a policy's table. */
export function randomTable(
  { contexts, vocabulary }: ResponseSpace,
  seed: number,
  spread: number = 1,
): PolicyTable {
  return randomNumbers(contexts * vocabulary, seed, spread);
}

export function randomNumbers(count: number, seed: number, spread: number = 1): Float64Array {
  const random = createRandom(seed, 'test', count);
  return Float64Array.from({ length: count }, () => spread * random.normal());
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
