import { TrainerError, TrainingInterrupted } from '../errors.js';
import { fromFirst, messageOf, otherProcess } from '../group/leading.js';
import type { ProcessGroup } from '../group/process-group.js';
import type { AdamW, Parameters } from '../optimizer/adamw.js';
import { firstDifference, type JsonObject } from '../run/json.js';
import { withoutFreeKeys } from '../run/run-directory.js';
import { RunState } from './run-state.js';
import { createStepRunner } from './step-runner.js';
import { readTrainerState } from './trainer-state.js';
import type { TrainingOptions, TrainingPlan, TrainingResult } from './training-options.js';
import type { TrainingStage } from './training-stage.js';

/** What rank 0 tells the others to do. */
type Order =
  | { readonly do: 'begin'; readonly configuration: JsonObject; readonly checkpoint?: string }
  | { readonly do: 'step' }
  | { readonly do: 'return'; readonly result: TrainingResult }
  | { readonly do: 'interrupt'; readonly step: number; readonly checkpoint: string }
  | { readonly do: 'fail'; readonly message: string };

/** What every process of a run has. */
export interface RankTraining {
  readonly stage: TrainingStage;
  readonly options: TrainingOptions;
  readonly plan: TrainingPlan;
  /** The parameters that are not frozen. */
  readonly trained: Parameters;
  readonly optimizer: AdamW;
  readonly configuration: JsonObject;
}

/** Tells the other processes of a group what a run does next; they wait until it does. */
export interface Leader {
  /** @param checkpoint what the run resumes from */
  begin(checkpoint: string | undefined): Promise<void>;
  step(): Promise<void>;
}

/**
 * Does a run in rank 0, and tells the others how it ends, however it does.
 *
 * Rank 0 alone opens the run's folder, evaluates, writes, calls back, and decides; the others wait for its orders, so that nothing
 * but the steps themselves needs an agreement.
 */
export async function leadRun(
  group: ProcessGroup,
  configuration: JsonObject,
  run: (leader: Leader) => Promise<TrainingResult>,
): Promise<TrainingResult> {
  const tell = async (order: Order): Promise<void> => {
    if (group.size > 1) await fromFirst(group, order);
  };
  let result: TrainingResult;
  try {
    result = await run({
      begin: (checkpoint) =>
        tell({ do: 'begin', configuration, ...(checkpoint !== undefined && { checkpoint }) }),
      step: () => tell({ do: 'step' }),
    });
  } catch (error) {
    await tell(
      error instanceof TrainingInterrupted
        ? { do: 'interrupt', step: error.step, checkpoint: error.checkpoint }
        : { do: 'fail', message: messageOf(error) },
    );
    throw error;
  }
  await tell({ do: 'return', result });
  return result;
}

/**
 * Does what rank 0 tells, in another process of its group: its part of every step.
 *
 * What fails here is told to rank 0 in the next step, and thrown when rank 0 ends the run.
 *
 * @throws {TrainerError} `other-process` if another process failed; `configuration-mismatch` if this process trains something else
 */
export async function followRun(group: ProcessGroup, run: RankTraining): Promise<TrainingResult> {
  const { stage, options, plan, trained, optimizer, configuration } = run;
  const state = new RunState();
  const nothing = { log: { append: async () => 0 }, observe: () => [], warn: () => {}, dumps: undefined };
  let failure: { readonly error: unknown } | undefined;
  const failing: TrainingStage = {
    ...stage,
    async prepare(indices, context) {
      if (failure) throw failure.error;
      await stage.prepare?.(indices, context);
    },
  };
  const step = createStepRunner(state, options, {
    stage: failing,
    trained,
    optimizer,
    plan,
    ...nothing,
    interruptible: (work) => work(),
  });
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failure ??= { error };
    }
  };

  for (;;) {
    const order = await fromFirst<Order>(group);
    if (order.do === 'begin') {
      await attempt(async () => {
        requireSame(order.configuration, configuration, group.rank);
        if (order.checkpoint === undefined) return;
        Object.assign(state, await readTrainerState(order.checkpoint, optimizer));
        await stage.restore(order.checkpoint);
      });
    } else if (order.do === 'step') {
      await attempt(step);
    } else {
      if (failure) throw failure.error;
      if (order.do === 'interrupt') throw new TrainingInterrupted(order.step, order.checkpoint);
      if (order.do === 'fail') throw otherProcess(order.message);
      // Rank 0 has finished the stage by itself.
      if (stage.finish) await stage.restore(order.result.checkpoint);
      return order.result;
    }
  }
}

function requireSame(first: JsonObject, own: JsonObject, rank: number): void {
  const key = firstDifference(
    withoutFreeKeys(first),
    withoutFreeKeys(JSON.parse(JSON.stringify(own)) as JsonObject),
  );
  if (key === undefined) return;
  throw new TrainerError(
    'configuration-mismatch',
    `Rank ${rank} has another ${key} than rank 0. Start every process with the same command, model, and data.`,
  );
}
