import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runSourcesInChildren } from '../test/workshop.js';
import { localExecutor } from './local-executor.js';
import { type ExecutorFactory, executorChecks } from './testing/executor-checks.js';
import { testExecutor } from './testing/test-executor.js';

describe.each<[string, ExecutorFactory, { readonly backend?: string }]>([
  ['in this process', ({ store, registry }) => localExecutor({ store, registry }), {}],
  [
    'each in a process of its own',
    ({ store, registry, module, slots }) => localExecutor({ store, registry, module, processes: slots }),
    { backend: 'cpu' },
  ],
])('an executor that runs stages %s', (_name, create, options) => {
  beforeEach(runSourcesInChildren);
  afterEach(() => vi.unstubAllEnvs());

  test.each(executorChecks(create, options))('$name', ({ run }) => run());
});

test('an executor that breaks laws is told which', async () => {
  // It runs what is asked for once, and forgets what it was asked for then.
  const forgetful: ExecutorFactory = ({ store, registry }) => {
    const executor = localExecutor({ store, registry });
    return {
      run: (plan, context) =>
        executor.run(
          plan.map(({ priority: _, ...order }) => order),
          { ...context, log: () => {} },
        ),
    };
  };
  const error = await testExecutor(forgetful).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'conformance' });
  const { message } = error as Error;
  expect(message).toMatch(/^@ais\/workflow: the executor breaks 2 laws\./);
  expect(message).toContain('It reports the progress of each stage, and its log: ');
  expect(message).toContain('It begins the more urgent first: ');
});
