import type { Tensor1D } from '@tensorflow/tfjs-core';
import type * as fc from 'fast-check';
import type { Objective } from '../contract/objective.js';
import type { BatchDescription } from './batch-description.js';
import { BrokenLaw } from './broken-law.js';
import type { Column } from './rows.js';

/** An objective under test, with everything that a check may need. */
export interface Subject<O, B> {
  /** As the objective calls itself. */
  readonly name: string;
  readonly factory: (options: O) => Objective<B>;
  readonly optionsArbitrary: fc.Arbitrary<O>;
  readonly description: BatchDescription<B>;
  /** Optional fields that the objective asks for by its requirements. */
  readonly required: readonly string[];
  /** What to say below a batch that breaks a law, if it may be one that never comes. */
  readonly remedy: string | undefined;
  readonly surrogate: ((options: O, at: B) => (batch: B) => Tensor1D) | undefined;
  readonly parameters: { readonly numRuns: number; readonly seed: number };
}

/** Throws the error that a failing check reports. */
export function requireThat(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new BrokenLaw(message());
}

/** A number as messages show it, to float32's seven digits. */
export function shown(value: number): string {
  return String(Number(value.toPrecision(7)));
}

/** Whether two numbers agree up to a tolerance relative to the larger of them, or absolutely up to a floor. */
export function isClose(actual: number, expected: number, tolerance: number, floor: number): boolean {
  const allowed = Math.max(floor, tolerance * Math.max(Math.abs(actual), Math.abs(expected)));
  return Math.abs(actual - expected) <= allowed;
}

/**
 * Throws unless two lists agree, number by number.
 *
 * @param floor the difference that is accepted whatever the size of the numbers; by default the tolerance, which suits
 *   numbers that came about by subtracting others of size 1
 */
export function requireClose(
  what: string,
  given: Column,
  wanted: Column,
  tolerance: number,
  floor: number = tolerance,
): void {
  const [actual, expected] = [given.flat(), wanted.flat()];
  requireThat(
    actual.length === expected.length,
    () => `${what} has ${actual.length} entries, expected ${expected.length}`,
  );
  const places = given.flatMap((cell, row) => (typeof cell === 'number' ? row : cell.map(() => row)));
  for (const [index, value] of actual.entries()) {
    const right = expected[index] as number;
    requireThat(
      isClose(value, right, tolerance, floor),
      () =>
        `${what} is ${value} in row ${places[index]}, expected ${right}${tolerance > 0 ? ` (±${tolerance} of it)` : ''}`,
    );
  }
}
