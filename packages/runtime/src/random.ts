import { sha256 } from '@noble/hashes/sha2.js';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { RuntimeError } from './errors.js';

/** Where a stream stands, as plain JSON: what a checkpoint stores. */
export interface RandomState {
  readonly algorithm: 'xoroshiro128plus';
  /** The seed and path that `createRandom` was given: what `fork` derives from. */
  readonly seed: number;
  readonly path: readonly (string | number)[];
  /** The generator's four 32-bit words. */
  readonly words: readonly number[];
  /** The second half of the last Box–Muller pair; null once it was handed out. */
  readonly spareNormal: number | null;
}

/** A seeded stream of pseudo-random values; the same on every machine and back end. */
export interface Random {
  /** A float64 in [0, 1), a multiple of 2⁻⁵³. */
  uniform(): number;
  /** One draw from N(0, 1). */
  normal(): number;
  /** `count` draws from N(mean, standardDeviation²), rounded to float32. */
  normals(count: number, options?: { mean?: number; standardDeviation?: number }): Float32Array;
  /** An integer in [0, bound), without modulo bias. */
  integer(bound: number): number;
  /** One of the values. */
  choice<T>(values: readonly [T, ...T[]]): T;
  /** A uniformly drawn permutation of 0 … count − 1. */
  permutation(count: number): number[];
  /** A shuffled copy; the input stays as it is. */
  shuffle<T>(values: readonly T[]): T[];
  /**
   * An independent stream, derived from this one's seed and path (not from its position), so drawing more or less here changes
   * nothing there.
   */
  fork(...path: (string | number)[]): Random;
  /** The position, to be stored and given to `restoreRandom`. */
  state(): RandomState;
}

/**
 * Makes a seeded stream of pseudo-random values (xoroshiro128+).
 *
 * The 128-bit starting state is the head of SHA-256 over `JSON.stringify([seed, ...path])`, so streams of
 * different seeds or paths are independent for every practical purpose, and `1` and `'1'` differ.
 *
 * @param seed a safe integer
 * @param path names the stream's purpose, such as `'shuffle', epoch`
 * @returns the stream, at its start
 * @throws {RuntimeError} `invalid-seed` if the seed or a number of the path is not a safe integer
 * @example
 * const random = createRandom(17, 'shuffle', 0);
 * random.permutation(4);
 */
export function createRandom(seed: number, ...path: (string | number)[]): Random {
  for (const part of [seed, ...path.filter((part) => typeof part === 'number')]) {
    if (!Number.isSafeInteger(part)) {
      const got = typeof part === 'string' ? JSON.stringify(part) : String(part);
      throw new RuntimeError(
        'invalid-seed',
        `A seed must be an integer between −2⁵³ and 2⁵³, got ${got}. Give one such as 17.`,
      );
    }
  }
  const digest = new DataView(sha256(new TextEncoder().encode(JSON.stringify([seed, ...path]))).buffer);
  const words = [0, 4, 8, 12].map((offset) => digest.getInt32(offset));
  return stream({ algorithm: 'xoroshiro128plus', seed, path, words, spareNormal: null });
}

/**
 * Continues a stream where `state()` was taken.
 *
 * @param state what `Random.state` returned, possibly after a round trip through JSON
 * @returns a stream whose next draws are those that the first would have given
 * @throws {RuntimeError} `invalid-random-state` if the state is not one of this module's
 * @example
 * const random = createRandom(17);
 * const copy = restoreRandom(JSON.parse(JSON.stringify(random.state())));
 * copy.uniform() === random.uniform();
 */
export function restoreRandom(state: RandomState): Random {
  const { algorithm, seed, path, words, spareNormal } = state;
  const sound =
    algorithm === 'xoroshiro128plus' &&
    Number.isSafeInteger(seed) &&
    Array.isArray(path) &&
    Array.isArray(words) &&
    words.length === 4 &&
    words.every((word) => Number.isInteger(word)) &&
    (spareNormal === null || Number.isFinite(spareNormal));
  if (!sound) {
    throw new RuntimeError(
      'invalid-random-state',
      'This is not a random state of @ais/runtime. Pass what state() returned, or start again with createRandom.',
    );
  }
  return stream(state);
}

function stream(start: RandomState): Random {
  const { algorithm, seed, path } = start;
  const generator: RandomGenerator = xoroshiro128plusFromState(start.words);
  let spare = start.spareNormal;

  const uniform = (): number => uniformFloat64(generator);

  const normal = (): number => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    // Box–Muller; 1 − u lies in (0, 1], so the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };

  const integer = (bound: number): number => {
    if (!Number.isSafeInteger(bound) || bound < 1) {
      throw new RuntimeError(
        'invalid-bound',
        `The bound of integer(bound) must be an integer ≥ 1, got ${bound}.`,
      );
    }
    return uniformInt(generator, 0, bound - 1);
  };

  const requireCount = (count: number): number => {
    if (Number.isSafeInteger(count) && count >= 0) return count;
    throw new RuntimeError('invalid-option', `The number of values must be an integer ≥ 0, got ${count}.`);
  };

  const shuffle = <T>(values: readonly T[]): T[] => {
    const shuffled = [...values];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = integer(last + 1);
      const value = shuffled[last] as T;
      shuffled[last] = shuffled[other] as T;
      shuffled[other] = value;
    }
    return shuffled;
  };

  return {
    uniform,
    normal,
    normals: (count, { mean = 0, standardDeviation = 1 } = {}) =>
      Float32Array.from({ length: requireCount(count) }, () => mean + standardDeviation * normal()),
    integer,
    choice: <T>(values: readonly [T, ...T[]]) => values[integer(values.length)] as T,
    permutation: (count) => shuffle(Array.from({ length: requireCount(count) }, (_, index) => index)),
    shuffle,
    fork: (...more) => createRandom(seed, ...path, ...more),
    state: () => ({ algorithm, seed, path, words: [...generator.getState()], spareNormal: spare }),
  };
}
