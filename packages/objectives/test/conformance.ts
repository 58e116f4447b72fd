import { it } from 'vitest';
import type { Objective } from '../src/index.js';
import { type ObjectiveTestOptions, objectiveChecks } from '../src/testing/index.js';

// Mutation testing sets it: hundreds of thousands of checks have to run there.
const numRuns = Number(process.env['CONFORMANCE_RUNS'] ?? 10);

/** Registers every check of the conformance suite as a test of its own. */
export function conforms<O, B>(
  factory: (options: O) => Objective<B>,
  options: ObjectiveTestOptions<O, B>,
): void {
  for (const { name, run } of objectiveChecks(factory, { numRuns, ...options })) it(name, run);
}
