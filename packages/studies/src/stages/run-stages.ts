import { stageExecutor } from './execute-stage.js';
import { finishedStage, isInUse, lockStage, type StageOrder } from './run-stage.js';
import { schedule } from './schedule.js';
import type { StageContext } from './stage-context.js';
import { type StageSpec, stagesInOrder } from './stage-spec.js';

/** Where stages are kept, and what they are called. */
export interface StagePlace {
  readonly directory: (stage: StageSpec) => string;
  readonly title: (stage: StageSpec) => string;
  /** Added to the words under which a stage reports progress, where stages of one title are at work together. */
  readonly suffix?: (stage: StageSpec) => string;
  /** See `StageOrder`. */
  readonly shared: boolean;
}

export interface RunStagesOptions extends Pick<StageContext, 'signal' | 'progress'> {
  readonly place: StagePlace;
  /** Stages at work at once, each in a process of its own; 1 does them one after another in this one. */
  readonly processes: number;
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
 * Does stages and all that they rest on, each once.
 *
 * When the signal aborts, each stage at work stops at a point from which it can go on. A failure ends only what rests on
 * the failed stage.
 */
export async function runStages(
  targets: readonly StageSpec[],
  { place, processes, signal, progress, onDone }: RunStagesOptions,
): Promise<StagesOutcome> {
  const execute = stageExecutor(processes);
  const tasks = stagesInOrder(targets).map((stage) => ({
    id: stage.key,
    needs: Object.values(stage.needs).map(({ key }) => key),
    stage,
  }));
  const { done, failures } = await schedule(tasks, {
    slots: processes,
    signal,
    run: async ({ stage }) => {
      const order = stageOrder(stage, place);
      // Looked up here: a process only for that would take a hundred times as long.
      if (await finishedStage(order)) return 'done';
      const release = place.shared ? await lockStage(order) : async (): Promise<void> => {};
      if (!release) return 'busy';
      const suffix = place.suffix?.(stage) ?? '';
      try {
        await execute(order, {
          signal,
          progress: (report) => progress({ ...report, task: `${report.task}${suffix}` }),
        });
        return 'done';
      } catch (error) {
        // A process whose parent was killed may still be saving its training.
        if (isInUse(error)) return 'busy';
        throw error;
      } finally {
        await release();
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

/** What somebody is told who is to do a stage. */
export function stageOrder(stage: StageSpec, place: StagePlace): StageOrder {
  const needs = Object.entries(stage.needs);
  return {
    kind: stage.kind,
    key: stage.key,
    settings: stage.settings,
    needs: Object.fromEntries(needs.map(([role, { key }]) => [role, key])),
    folders: Object.fromEntries(needs.map(([role, needed]) => [role, place.directory(needed)])),
    ...(stage.backend !== undefined && { backend: stage.backend }),
    directory: place.directory(stage),
    title: place.title(stage),
    shared: place.shared,
  };
}
