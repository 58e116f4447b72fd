import type { Objective } from '../contract/objective.js';
import { ObjectivesError, type ObjectivesErrorCode } from '../errors.js';
import { BrokenLaw, causeOf } from './broken-law.js';
import { type ObjectiveTestOptions, suiteOf } from './objective-checks.js';
import { requireBackend } from './require-backend.js';

/** The objective breaks at least one law; `failures` holds what is wrong with each. */
export class ConformanceError extends ObjectivesError {
  static override readonly codes: readonly ObjectivesErrorCode[] = ['conformance'];
  override readonly name = 'ConformanceError';
  /** The checks that failed, by name, with the error of each. */
  readonly failures: ReadonlyMap<string, unknown>;

  constructor(objective: string, failures: ReadonlyMap<string, unknown>) {
    const [first] = failures.values();
    const checks = failures.size === 1 ? '1 check' : `${failures.size} checks`;
    super('conformance', [`${objective} fails ${checks}.`, ...reportOf(failures)].join('\n\n'), {
      cause: first,
    });
    this.failures = failures;
  }
}

/**
 * Tests an objective against everything that is promised of every objective.
 *
 * Shape, finiteness at extremes, gradients against finite differences and their signs, options that matter, permuted and single
 * rows, no gradient into constants or out of metrics, no leaked tensors, inputs untouched, truthful requirements, refusal of
 * malformed batches, the declared limits, and the golden values. It needs no test runner: it returns a promise, so it is the
 * body of a test in any of them. A back end must be running and gradients be registered.
 *
 * @param factory the objective's factory
 * @param options how to draw options, which limits and golden values to hold, and what to skip, with the reason
 * @returns resolves if every check holds
 * @throws {ObjectivesError} `missing-backend` if no back end is registered
 * @throws {ConformanceError} naming every check that fails, why, and the smallest batch that was found to show it
 * @example
 * test('my objective conforms', () =>
 *   testObjective(myObjective, { optionsArbitrary: fc.record({ beta: fc.constantFrom(0.05, 0.1) }), golden }));
 */
export async function testObjective<O, B>(
  factory: (options: O) => Objective<B>,
  options: ObjectiveTestOptions<O, B>,
): Promise<void> {
  requireBackend();
  const failures = new Map<string, unknown>();
  const { name: objective, checks } = suiteOf(factory, options);
  for (const { name, run } of checks) {
    try {
      await run();
    } catch (error) {
      failures.set(name, error);
    }
  }
  if (failures.size > 0) throw new ConformanceError(objective, failures);
}

/** One paragraph per cause: checks that fail for the same one share it, and it comes first. */
function reportOf(failures: ReadonlyMap<string, unknown>): string[] {
  const byCause = new Map<string, { names: string[]; details: readonly string[] }>();
  for (const [name, error] of failures) {
    const cause = causeOf(error);
    const known = byCause.get(cause);
    if (known) known.names.push(name);
    else byCause.set(cause, { names: [name], details: error instanceof BrokenLaw ? error.details : [] });
  }
  return [...byCause].map(([cause, { names, details }]) =>
    [`${names.join(', ')}: ${cause}`, ...details].join('\n    '),
  );
}
