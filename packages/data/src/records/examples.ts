import { requireMost } from './require-option.js';

/**
 * Examples that can be asked for one at a time, in any order: an array, or what reads them from a file when they are asked for, so
 * that a million of them take no memory.
 *
 * @example
 * const squares: Examples<number> = { length: 3, at: (index) => index ** 2, *[Symbol.iterator]() { yield* [0, 1, 4]; } };
 * console.log(squares.at(2), [1, 2].at(1)); // 4 2
 */
export interface Examples<T> extends Iterable<T> {
  readonly length: number;
  /** The example at a place from 0 on; undefined where there is none. */
  at(index: number): T | undefined;
}

/**
 * Examples made of others, each when it is asked for.
 *
 * @param of gives the example at a place, whenever it is asked for
 * @example
 * const lengths = mapExamples(['a', 'bc'], ({ length }) => length);
 * console.log(lengths.at(1), [...lengths]); // 2 [ 1, 2 ]
 */
export function mapExamples<T, U>(examples: Examples<T>, of: (example: T, index: number) => U): Examples<U> {
  return {
    length: examples.length,
    at(index) {
      const example = examples.at(index);
      return example === undefined ? undefined : of(example, index);
    },
    *[Symbol.iterator]() {
      let index = 0;
      for (const example of examples) yield of(example, index++);
    },
  };
}

/**
 * The first examples, at most `count` of them.
 *
 * @throws {DataError} `invalid-option` for a count that is not an integer, or below 0
 * @example
 * console.log([...firstExamples(['a', 'b', 'c'], 2)]); // [ 'a', 'b' ]
 */
export function firstExamples<T>(examples: Examples<T>, count: number): Examples<T> {
  requireMost('firstExamples: count', count);
  const length = Math.min(examples.length, count);
  return {
    length,
    at: (index) => (index < length ? examples.at(index) : undefined),
    *[Symbol.iterator]() {
      let taken = 0;
      if (length === 0) return;
      for (const example of examples) {
        yield example;
        if (++taken === length) return;
      }
    },
  };
}
