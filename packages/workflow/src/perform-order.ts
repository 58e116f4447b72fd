import { setTimeout as sleep } from 'node:timers/promises';
import { interruptible } from '@ais/runtime/process';
import { WorkflowError } from './errors.js';
import { type ExecutionContext, performStage } from './perform-stage.js';
import { requireWhole } from './require-whole.js';
import type { StageOrder } from './stage-order.js';
import type { StageRegistry } from './stage-registry.js';
import type { StageStore } from './stage-store.js';

/** Where and how `performOrder` runs a stage. */
export interface PerformOrderOptions extends ExecutionContext {
  readonly store: StageStore;
  readonly registry: StageRegistry;
  /** Milliseconds between two looks at a stage that another process works on; 5,000 by default. */
  readonly pause?: number;
}

/**
 * Does all that a process is for which runs one stage and ends: picks the stage's back end, runs the stage, and waits while
 * another process works on it. If the stage is finished, nothing is loaded.
 *
 * @throws as `performStage`, but for `stage-busy`
 * @throws {WorkflowError} `invalid-option` for a pause that is not an integer, or below 0
 * @throws the signal's reason when it aborts
 * @example
 * const store = directoryStore('runs/order');
 * const order = stageOrder(stageSpec(numbers, { upTo: 2 }, {}), store, 'two numbers');
 * const { signal } = new AbortController();
 * const how = { store, registry: { kinds: [numbers] }, signal, progress: () => {}, log: () => {} };
 * await performOrder(order, how);
 * console.log((await store.read(order))?.result); // [ 1, 2 ]
 */
export async function performOrder(
  order: StageOrder,
  { store, registry, pause = 5_000, ...context }: PerformOrderOptions,
): Promise<void> {
  requireWhole('pause', pause, 0);
  const { signal, log } = context;
  for (let waits = 0; ; waits++) {
    signal.throwIfAborted();
    if (await store.read(order)) return log('is finished');
    if (waits === 0 && order.backend !== undefined) {
      const { useBackend } = await import('@ais/runtime');
      await useBackend(order.backend);
    }
    try {
      await interruptible(signal, () => performStage(order, store, registry, context));
      return;
    } catch (error) {
      if (!(error instanceof WorkflowError && error.code === 'stage-busy')) throw error;
      if (waits === 0) log('waits: another process works on it');
      // What ends it is thrown above, with the signal's reason.
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  }
}
