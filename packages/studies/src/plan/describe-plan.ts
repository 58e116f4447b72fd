import type { StageSpec, StageState } from '@ais/workflow';
import type { StudySettings } from '../settings/study-settings.js';
import type { StageHints } from '../stages/content-names.js';
import { requireProcesses } from '../stages/stage-executor.js';
import { atLook, lookCount } from './study-looks.js';
import { stagesOfStudies } from './study-stages.js';
import { expectedSeconds, studyStore } from './study-store.js';

/** A stage as a plan lists it. */
export interface PlannedStage {
  readonly title: string;
  readonly kind: string;
  readonly folder: string;
  readonly state: StageState;
  /** The first look that needs it, from 1; absent where every study is looked at once. */
  readonly look?: number;
  /** Seconds that it will take, or took, judged by stages like it in the store; absent if there is none. */
  readonly seconds?: number;
  /** Why the last attempt failed, if it did. */
  readonly failure?: string;
  readonly settings: unknown;
}

/** What studies would do until one of their looks. */
export interface PlannedLook {
  /** How many stages it needs, those of the looks before it included, and how many of them are finished. */
  readonly stages: number;
  readonly finished: number;
  readonly expectedSeconds: number;
  readonly unknown: number;
}

/** The most that a judge may be asked for: a budget is one stage's, and this is that of all stages together. */
export interface JudgeBudget {
  readonly stages: number;
  /** Requests, repeated ones included. */
  readonly calls?: number;
  /** Of prompts and answers. */
  readonly tokens?: number;
}

/** What studies would do. */
export interface StudyPlanDescription {
  readonly studies: readonly StudySettings[];
  /** All that may be done: with several looks, a study goes no further than the first that leaves none of its claims open. */
  readonly stages: readonly PlannedStage[];
  /** What each look takes; absent where every study is looked at once. */
  readonly looks?: readonly PlannedLook[];
  /** How many stages are finished. */
  readonly finished: number;
  /** Seconds until the end with this many processes, of the stages whose time is known. */
  readonly expectedSeconds: number;
  /** Stages still to be done of whose time nothing is known. */
  readonly unknown: number;
  /** Of the stages still to be done that ask a judge with a budget; absent where there are none. */
  readonly judgeBudget?: JudgeBudget;
}

/**
 * What `runStudies` would do, without doing it: its very stages, in its order.
 *
 * @throws {StudyError} `invalid-settings` for a number of processes that is not an integer, or below 1
 * @example
 * const { settings, store } = await configureStudies({ name: 'fig3' }, 'runs/study-store');
 * const { stages, unknown } = await describeStudies({ studies: settings, store, backend: 'wasm', processes: 1 });
 * console.log(stages.length === unknown); // true
 */
export async function describeStudies(options: {
  readonly studies: readonly StudySettings[];
  readonly store: string;
  readonly backend: string;
  readonly processes: number;
}): Promise<StudyPlanDescription> {
  const { studies, backend, processes } = options;
  requireProcesses(processes);
  const store = await studyStore(options.store);
  const secondsOf = await expectedSeconds(store);
  const {
    stages,
    names: { title, suffix },
  } = await stagesOfStudies(studies, backend);
  const lookOf = await firstLooks(studies, backend);
  const described: PlannedStage[] = [];
  for (const stage of stages) {
    const look = lookOf?.get(stage.key);
    const seconds = secondsOf(stage);
    const state = await store.state(stage);
    const failure = state === 'failed' ? await store.failure(stage) : undefined;
    described.push({
      title: `${title(stage)}${suffix(stage)}`,
      kind: stage.kind.name,
      folder: store.location(stage),
      state,
      ...(look !== undefined && { look }),
      ...(seconds !== undefined && { seconds }),
      ...(failure !== undefined && { failure }),
      settings: stage.settings,
    });
  }
  const last = Math.max(...(lookOf?.values() ?? [0]));
  return {
    studies,
    stages: described,
    ...(lookOf && {
      looks: Array.from({ length: last }, (_, index) => {
        const needed = described.filter(({ look = 0 }) => look <= index + 1);
        return { stages: needed.length, ...timeOf(needed, processes) };
      }),
    }),
    ...timeOf(described, processes),
    ...budgetOf(stages.filter((_, index) => described[index]?.state !== 'finished')),
  };
}

function budgetOf(due: readonly StageSpec[]): Pick<StudyPlanDescription, 'judgeBudget'> {
  const budgets = due
    .map(({ hints = {} }) => hints as StageHints)
    .filter(({ calls, tokens }) => calls !== undefined || tokens !== undefined);
  if (budgets.length === 0) return {};
  const total = (key: 'calls' | 'tokens'): Pick<JudgeBudget, typeof key> => {
    const given = budgets.flatMap((budget) => budget[key] ?? []);
    return given.length === 0 ? {} : { [key]: given.reduce((sum, number) => sum + number) };
  };
  return { judgeBudget: { stages: budgets.length, ...total('calls'), ...total('tokens') } };
}

function timeOf(stages: readonly PlannedStage[], processes: number): Omit<PlannedLook, 'stages'> {
  const due = stages.filter(({ state }) => state !== 'finished');
  return {
    finished: stages.length - due.length,
    expectedSeconds: due.reduce((sum, { seconds = 0 }) => sum + seconds, 0) / processes,
    unknown: due.filter(({ seconds }) => seconds === undefined).length,
  };
}

/** The first look that needs a stage, by its key; nothing where no study has several. */
async function firstLooks(
  studies: readonly StudySettings[],
  backend: string,
): Promise<ReadonlyMap<string, number> | undefined> {
  const most = Math.max(...studies.map(lookCount));
  if (most === 1) return undefined;
  const found = new Map<string, number>();
  for (let look = 0; look < most; look++) {
    const { stages } = await stagesOfStudies(
      studies.map((settings) => atLook(settings, Math.min(look, lookCount(settings) - 1))),
      backend,
    );
    for (const { key } of stages) if (!found.has(key)) found.set(key, look + 1);
  }
  return found;
}
