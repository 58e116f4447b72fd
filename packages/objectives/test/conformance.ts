import { it } from 'vitest';
import type { Objective } from '../src/index.js';
import { type ObjectiveTestOptions, objectiveChecks } from '../src/testing/index.js';

// Mutation testing sets it: hundreds of thousands of checks have to run there.
const numRuns = Number(process.env['CONFORMANCE_RUNS'] ?? 10);

// The same draws on every run, so that the gate is steady; another seed searches elsewhere.
const seed = Number(process.env['CONFORMANCE_SEED'] ?? 1);

/** Registers every check of the conformance suite as a test of its own. */
export function conforms<O, B>(
  factory: (options: O) => Objective<B>,
  options: ObjectiveTestOptions<O, B>,
): void {
  for (const { name, run } of objectiveChecks(factory, { numRuns, seed, ...options })) it(name, run);
}
