import { WorkflowError } from '../errors.js';
import { type ExecutorFactory, type ExecutorTestOptions, executorChecks } from './executor-checks.js';

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
  const broken: string[] = [];
  let cause: unknown;
  for (const { name, run } of executorChecks(create, options)) {
    try {
      await run();
    } catch (error) {
      cause ??= error;
      broken.push(`It ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (broken.length === 0) return;
  const laws = broken.length === 1 ? '1 law' : `${broken.length} laws`;
  throw new WorkflowError('conformance', [`the executor breaks ${laws}.`, ...broken].join('\n\n'), { cause });
}
