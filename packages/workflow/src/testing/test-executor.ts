import { type ExecutorFactory, type ExecutorTestOptions, executorChecks } from './executor-checks.js';
import { requireLaws } from './require-laws.js';

/**
 * Tests an executor against everything that is promised of every executor.
 *
 * Plans in which stages depend on each other, progress and logs, stages that are finished, plans that run twice at once,
 * failures, stopping and resuming, and priorities. It needs no test runner: it returns a promise, so it is the body of a test
 * in any of them. For one test per law, use `executorChecks`.
 *
 * @param create makes an executor for a store, the suite's kinds of stages, and a number of slots
 * @throws {WorkflowError} `conformance` naming every law that is broken, and why
 * @example
 * await testExecutor(({ store, registry }) => localExecutor({ store, registry }));
 */
export async function testExecutor(
  create: ExecutorFactory,
  options: ExecutorTestOptions = {},
): Promise<void> {
  const laws = executorChecks(create, options).map(({ name, run }) => ({ name: `It ${name}`, run }));
  await requireLaws('executor', laws);
}
