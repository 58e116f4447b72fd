import type { Objective } from '../contract/objective.js';
import { ObjectivesError, type ObjectivesErrorCode } from '../errors.js';
import { type ObjectiveTestOptions, objectiveChecks } from './objective-checks.js';

/** The objective breaks at least one law; `failures` holds what is wrong with each. */
export class ConformanceError extends ObjectivesError {
  static override readonly codes: readonly ObjectivesErrorCode[] = ['conformance'];
  override readonly name = 'ConformanceError';
  /** The checks that failed, by name, with the error of each. */
  readonly failures: ReadonlyMap<string, unknown>;

  constructor(objective: string, failures: ReadonlyMap<string, unknown>) {
    const lines = [...failures].map(([name, error]) => `- ${name}: ${messageOf(error)}`);
    super('conformance', `${objective} fails ${failures.size} of its checks:\n${lines.join('\n')}`);
    this.failures = failures;
  }
}

/**
 * Tests an objective against everything that is promised of every objective.
 *
 * Shape, finiteness at extremes, gradients against finite differences, permuted and single rows, no gradient into
 * constants or out of metrics, no leaked tensors, inputs untouched, truthful requirements, refusal of malformed batches,
 * the declared limits and the golden values. It needs no test runner: it returns a promise, so it is the body of a test
 * in any of them. A back end must be running and gradients be registered.
 *
 * @param factory the objective's factory
 * @param options how to draw options, which limits and golden values to hold, and what to skip, with the reason
 * @returns resolves where every check holds
 * @throws {ConformanceError} naming every check that fails and why, with the seed that shows it again
 * @example
 * test('my objective conforms', () =>
 *   testObjective(myObjective, { optionsArbitrary: fc.record({ beta: fc.constantFrom(0.05, 0.1) }) }));
 */
export async function testObjective<O, B>(
  factory: (options: O) => Objective<B>,
  options: ObjectiveTestOptions<O, B>,
): Promise<void> {
  const failures = new Map<string, unknown>();
  for (const { name, run } of objectiveChecks(factory, options)) {
    try {
      await run();
    } catch (error) {
      failures.set(name, error);
    }
  }
  if (failures.size > 0) throw new ConformanceError(factory.name || 'the objective', failures);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
