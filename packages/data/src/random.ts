import { sha256 } from '@noble/hashes/sha2.js';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { DataError } from './errors.js';

/** A seeded stream of pseudo-random values; the same on every machine. */
export interface SeededRandom {
  /** A float64 in [0, 1). */
  uniform(): number;
  /** An integer in [0, bound), without modulo bias. */
  integer(bound: number): number;
  /** One of the values. */
  choice<T>(values: readonly [T, ...T[]]): T;
  /** A shuffled copy. */
  shuffle<T>(values: readonly T[]): T[];
}

/** A stream whose state is the head of SHA-256 over `JSON.stringify([seed, ...path])`. */
export function seededRandom(seed: number, ...path: (string | number)[]): SeededRandom {
  if (!Number.isSafeInteger(seed)) {
    throw new DataError(
      'invalid-option',
      `A seed is a whole number between −2⁵³ and 2⁵³, not ${seed}. Give one such as 17.`,
    );
  }
  const digest = new DataView(sha256(new TextEncoder().encode(JSON.stringify([seed, ...path]))).buffer);
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => digest.getInt32(offset)));
  const integer = (bound: number): number => uniformInt(generator, 0, bound - 1);
  return {
    uniform: () => uniformFloat64(generator),
    integer,
    choice: (values) => values[integer(values.length)] ?? values[0],
    shuffle: (values) => {
      const shuffled = [...values];
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = integer(last + 1);
        [shuffled[last], shuffled[other]] = [
          shuffled[other] as (typeof shuffled)[number],
          shuffled[last] as (typeof shuffled)[number],
        ];
      }
      return shuffled;
    },
  };
}
