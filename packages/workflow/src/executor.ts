import type { StageProgress } from './stage-kind.js';
import type { StageOrder, StagePlace } from './stage-order.js';

/** What the caller of a plan is told along the way, and what stops it. */
export interface PlanContext {
  /** When it aborts, no further stage begins, and those at work stop, each where it can resume. */
  readonly signal: AbortSignal;
  readonly progress: (progress: StageProgress, stage: StagePlace) => void;
  /** Told each line of a stage's log. */
  readonly log: (line: string, stage: StagePlace) => void;
  /** Told when a stage is finished in the store. */
  readonly onDone: (stage: StagePlace) => void | Promise<void>;
}

/** How a plan ended. A stage that rests on a failed one is neither done nor failed. */
export interface PlanOutcome {
  /** Keys of the stages that are finished. */
  readonly done: ReadonlySet<string>;
  /** What went wrong, by the stage's key: told apart by `code` and `name` as where it was thrown. */
  readonly failures: ReadonlyMap<string, Error>;
}

/**
 * Has stages run somewhere: in this process, in others, on other machines.
 *
 * What holds for every executor is what `testExecutor` of `@ais/workflow/testing` tests.
 */
export interface Executor {
  /**
   * Has the stages of a plan run, none before what it needs, and of those that can begin the more urgent first, else in the
   * order given.
   *
   * A plan may run twice, here and elsewhere, one after the other or at once: each stage is finished once. A failure ends
   * only what rests on the failed stage. Settles when nothing is left to do, and rejects only if the executor itself fails.
   *
   * @param plan what a stage needs must be among its stages
   */
  run(plan: readonly StageOrder[], context: PlanContext): Promise<PlanOutcome>;
  /** Gives back what the executor holds, such as connections. */
  close?(): Promise<void>;
}
