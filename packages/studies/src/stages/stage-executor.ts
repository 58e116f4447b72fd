import { type Executor, localExecutor, type StageOrder, type StageStore, WorkflowError } from '@ais/workflow';
import { StudyError } from '../errors.js';
import { stages } from './stages.js';

/** The module that exports the stages of studies, for processes that run them. */
export const stagesModule: string = new URL('./stages.js', import.meta.url).href;

/** Where the stages of studies run. */
export interface StageExecutorOptions {
  /** Stages at work at once on this machine, each in a process of its own. */
  readonly processes: number;
  /** The Redis server whose workers run them instead: `redis://…`, or `rediss://…` for TLS. */
  readonly redis?: string;
  readonly queue?: string;
  readonly onWarning: (message: string) => void;
}

/**
 * Checks how many stages are to be at work at once.
 *
 * @throws {StudyError} `invalid-settings`
 */
export function requireProcesses(processes: number): void {
  if (Number.isSafeInteger(processes) && processes >= 1) return;
  throw new StudyError('invalid-settings', `processes must be an integer ≥ 1, got ${processes}.`);
}

/** Runs the stages of studies on this machine, or on the workers of a queue. */
export async function stageExecutor(
  store: StageStore,
  { processes, redis, queue, onWarning }: StageExecutorOptions,
): Promise<Executor> {
  if (redis === undefined) return localExecutor({ store, registry: stages, module: stagesModule, processes });
  const { queueExecutor } = await import('@ais/workflow/bullmq');
  return queueExecutor({ url: redis, store, onWarning, ...(queue !== undefined && { queue }) });
}

/** Runs nothing: what is finished is done, and what could begin has failed, with why its last attempt did. */
export function onlyFinished(store: StageStore): Executor {
  const failure = async (order: StageOrder): Promise<Error> => {
    const reason = await store.failure(order);
    const why = reason === undefined ? '.' : `; its last attempt failed: ${reason}`;
    return new WorkflowError('stage-failed', `the stage is not finished${why}`);
  };
  return {
    async run(plan, { onDone }) {
      const done = new Set<string>();
      const failures = new Map<string, Error>();
      for (const order of plan) {
        if (await store.read(order)) {
          done.add(order.key);
          await onDone(order);
        } else if (Object.values(order.needs).every(({ key }) => done.has(key))) {
          failures.set(order.key, await failure(order));
        }
      }
      return { done, failures };
    },
  };
}
