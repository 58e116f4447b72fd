import type { Tensor1D } from '@tensorflow/tfjs-core';
import type * as fc from 'fast-check';
import type { Objective } from '../objective.js';
import { ObjectivesError } from '../objectives-error.js';
import type { BatchDescription } from './batch-description.js';

/** An objective under test, with everything that a check may need. */
export interface Subject<O, B> {
  readonly factory: (options: O) => Objective<B>;
  readonly optionsArbitrary: fc.Arbitrary<O>;
  readonly description: BatchDescription<B>;
  /** Optional fields that the objective asks for by its requirements. */
  readonly required: readonly string[];
  readonly surrogate: ((options: O, at: B) => (batch: B) => Tensor1D) | undefined;
  readonly parameters: { readonly numRuns: number; readonly seed?: number };
}

/** Throws the error that a failing check reports. */
export function requireThat(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new ObjectivesError('conformance', message());
}

/** Whether two numbers agree up to a tolerance relative to the larger of them and 1. */
export function isClose(actual: number, expected: number, tolerance: number): boolean {
  return Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(actual), Math.abs(expected));
}

/** Throws unless two lists agree, number by number. */
export function requireClose(
  what: string,
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
): void {
  requireThat(
    actual.length === expected.length,
    () => `${what} has ${actual.length} entries, not ${expected.length}`,
  );
  for (const [index, value] of actual.entries()) {
    const wanted = expected[index] as number;
    requireThat(
      isClose(value, wanted, tolerance),
      () => `${what}[${index}] is ${value}, not ${wanted} (tolerance ${tolerance}, relative)`,
    );
  }
}
