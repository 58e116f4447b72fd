import { WorkflowError } from './errors.js';
import type { Executor } from './executor.js';
import type { ExecutionContext } from './perform-stage.js';
import { schedule } from './schedule.js';
import { stageOrder } from './stage-order.js';
import { type StageSpec, stagesInOrder } from './stage-spec.js';
import type { StageStore } from './stage-store.js';

/** What stages are called in progress and messages. */
export interface StageNames {
  readonly title: (stage: StageSpec) => string;
  /** Added to the words under which a stage reports progress, to tell stages of one title apart. */
  readonly suffix?: (stage: StageSpec) => string;
}

export interface RunStagesOptions extends Partial<ExecutionContext> {
  readonly store: StageStore;
  readonly executor: Executor;
  /** By default, a stage is called by its kind. */
  readonly names?: StageNames;
  /** Told when a stage is done. */
  readonly onDone?: (stage: StageSpec) => void | Promise<void>;
}

export interface StagesOutcome {
  /** Keys of the stages that are finished. */
  readonly done: ReadonlySet<string>;
  /** What went wrong, by stage. */
  readonly failures: readonly { readonly stage: StageSpec; readonly error: Error }[];
}

/**
 * Runs stages and all that they rest on, each once.
 *
 * When the signal aborts, each stage at work stops at a point from which it can resume. A failure ends only what rests on
 * the failed stage.
 */
export async function runStages(
  targets: readonly StageSpec[],
  {
    store,
    executor,
    names = { title: ({ kind }) => kind.name },
    signal = new AbortController().signal,
    progress = () => {},
    onDone,
  }: RunStagesOptions,
): Promise<StagesOutcome> {
  const tasks = stagesInOrder(targets).map((stage) => ({
    id: stage.key,
    needs: Object.values(stage.needs).map(({ key }) => key),
    stage,
  }));
  const { done, failures } = await schedule(tasks, {
    slots: executor.slots,
    signal,
    run: async ({ stage }) => {
      // Looked up here: a process only for that would take a hundred times as long.
      if (await store.read(stage)) return 'done';
      if ((await store.state(stage)) === 'running') return 'busy';
      const suffix = names.suffix?.(stage) ?? '';
      try {
        await executor.execute(stageOrder(stage, store, names.title(stage)), {
          signal,
          progress: (report) => progress({ ...report, task: `${report.task}${suffix}` }),
        });
        return 'done';
      } catch (error) {
        if (error instanceof WorkflowError && error.code === 'stage-busy') return 'busy';
        throw error;
      }
    },
    ...(onDone && { onDone: ({ stage }) => onDone(stage) }),
  });
  return {
    done,
    failures: tasks.flatMap(({ id, stage }) => {
      const error = failures.get(id);
      return error ? [{ stage, error }] : [];
    }),
  };
}
