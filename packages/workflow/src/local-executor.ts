import { WorkflowError } from './errors.js';
import type { Executor, PlanContext, PlanOutcome } from './executor.js';
import { performInProcess } from './own-process.js';
import { type ExecutionContext, performStage } from './perform-stage.js';
import { requireWhole } from './require-whole.js';
import { schedule } from './schedule.js';
import type { StageOrder } from './stage-order.js';
import type { StageRegistry } from './stage-registry.js';
import type { StageStore } from './stage-store.js';
import { threadShare } from './thread-share.js';

/** Options of `localExecutor`. */
export interface LocalExecutorOptions {
  readonly store: StageStore;
  /** The kinds of stages, for those that run in this process. */
  readonly registry: StageRegistry;
  /** Stages at work at once, each in a process of its own; 1, the default, runs them one after another in this one. */
  readonly processes?: number;
  /** The URL of the module that exports the registry as `stages`: what several processes get it from. */
  readonly module?: string;
}

/**
 * Runs plans on this machine: the stages in this process one after another, or each in a process of its own.
 *
 * Each process gets an even share of the cores for its threads. On WASM the numbers do not depend on it; native TensorFlow sums
 * in another order with another number of threads, and differs in the last digits.
 *
 * @throws {WorkflowError} `invalid-registry` if there are several processes and no module; `invalid-option` for a number of processes that is
 *   not an integer, or below 1
 * @example
 * const store = directoryStore('runs/local');
 * const executor = localExecutor({ store, registry: { kinds: [numbers] } });
 * const { done } = await runStages([stageSpec(numbers, { upTo: 2 }, {})], { store, executor });
 * console.log(done.size); // 1
 */
export function localExecutor({ store, registry, module, processes = 1 }: LocalExecutorOptions): Executor {
  requireWhole('processes', processes, 1);
  if (processes > 1 && module === undefined) {
    throw new WorkflowError(
      'invalid-registry',
      'several processes need a module that exports the registry as "stages". Give its URL as `module`.',
    );
  }
  const environment = threadShare(processes);
  const perform = async (order: StageOrder, context: ExecutionContext): Promise<void> => {
    // A stage without a back end has nothing to keep apart, and all others rest on it.
    if (processes === 1 || module === undefined || order.backend === undefined)
      await performStage(order, store, registry, context);
    else await performInProcess(order, { store: store.address, module, environment }, context);
  };
  return { run: (plan, context) => runHere(plan, context, { store, slots: processes, perform }) };
}

/** Runs a plan with a schedule of this process's own. */
function runHere(
  plan: readonly StageOrder[],
  { signal, progress, log, onDone }: PlanContext,
  {
    store,
    slots,
    perform,
  }: {
    readonly store: StageStore;
    readonly slots: number;
    readonly perform: (order: StageOrder, context: ExecutionContext) => Promise<void>;
  },
): Promise<PlanOutcome> {
  const tasks = plan.map((order) => ({
    id: order.key,
    needs: Object.values(order.needs).map(({ key }) => key),
    ...(order.priority !== undefined && { priority: order.priority }),
    order,
  }));
  return schedule(tasks, {
    slots,
    signal,
    run: async ({ order }) => {
      // Looked up here: a process only for that would take a hundred times as long.
      if (await store.read(order)) return 'done';
      if ((await store.state(order)) === 'running') return 'busy';
      try {
        await perform(order, {
          signal,
          progress: (report) => progress(report, order),
          log: (line) => log(line, order),
        });
        return 'done';
      } catch (error) {
        if (error instanceof WorkflowError && error.code === 'stage-busy') return 'busy';
        throw error;
      }
    },
    onDone: ({ order }) => onDone(order),
  });
}
