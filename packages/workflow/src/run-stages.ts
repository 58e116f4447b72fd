import type { Executor } from './executor.js';
import type { StageProgress } from './stage-kind.js';
import { type StagePlace, stageOrder } from './stage-order.js';
import { type StageSpec, stagesInOrder } from './stage-spec.js';
import type { StageStore } from './stage-store.js';

/** What stages are called in progress and messages. */
export interface StageNames {
  readonly title: (stage: StageSpec) => string;
  /** Added to the words under which a stage reports progress, to tell stages of one title apart. */
  readonly suffix?: (stage: StageSpec) => string;
}

/** Options of `runStages`. */
export interface RunStagesOptions {
  readonly store: Pick<StageStore, 'folder' | 'tidy'>;
  readonly executor: Executor;
  /** By default, a stage is called by its kind. */
  readonly names?: StageNames;
  /** Of stages that can begin, those with a larger number do first; by default, all have 0. */
  readonly priority?: (stage: StageSpec) => number;
  readonly signal?: AbortSignal;
  readonly progress?: (progress: StageProgress) => void;
  /** Told each line of a stage's log. */
  readonly log?: (line: string, stage: StageSpec) => void;
  /** Told when a stage is done. */
  readonly onDone?: (stage: StageSpec) => void | Promise<void>;
}

/** Which stages are finished, and which failed. */
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
 *
 * @example
 * const store = directoryStore('runs/stages');
 * const sums = [2, 3].map((upTo) => stageSpec(sum, {}, { numbers: stageSpec(numbers, { upTo }, {}) }));
 * const executor = localExecutor({ store, registry: { kinds: [numbers, sum] } });
 * const { failures } = await runStages(sums, { store, executor });
 * console.log(failures.length, (await store.read(sums[1]))?.result); // 0 6
 */
export async function runStages(
  targets: readonly StageSpec[],
  {
    store,
    executor,
    names = { title: ({ kind }) => kind.name },
    priority,
    signal = new AbortController().signal,
    progress = () => {},
    log = () => {},
    onDone = () => {},
  }: RunStagesOptions,
): Promise<StagesOutcome> {
  await store.tidy?.();
  const stages = new Map(stagesInOrder(targets).map((stage) => [stage.key, stage]));
  const plan = [...stages.values()].map((stage) =>
    stageOrder(stage, store, names.title(stage), priority?.(stage)),
  );
  const withStage = <T>({ key }: StagePlace, tell: (stage: StageSpec) => T): T | undefined => {
    const stage = stages.get(key);
    return stage && tell(stage);
  };
  const { done, failures } = await executor.run(plan, {
    signal,
    progress: (report, place) =>
      withStage(place, (stage) =>
        progress({ ...report, task: `${report.task}${names.suffix?.(stage) ?? ''}` }),
      ),
    log: (line, place) => withStage(place, (stage) => log(line, stage)),
    onDone: (place) => withStage(place, onDone),
  });
  return {
    done,
    // In the order of the plan, whichever failed first.
    failures: [...stages.values()].flatMap((stage) => {
      const error = failures.get(stage.key);
      return error ? [{ stage, error }] : [];
    }),
  };
}
