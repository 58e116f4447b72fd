import type { StageState } from '@ais/workflow';
import type { StudySettings } from '../settings/study-settings.js';
import { stagesOfStudies } from './study-stages.js';
import { expectedSeconds, studyStore } from './study-store.js';

/** A stage as a plan lists it. */
export interface PlannedStage {
  readonly title: string;
  readonly kind: string;
  readonly folder: string;
  readonly state: StageState;
  /** Seconds that it will take, or took, judged by stages like it in the store; absent if there is none. */
  readonly seconds?: number;
  /** Why the last attempt failed, if it did. */
  readonly failure?: string;
  readonly settings: unknown;
}

/** What studies would do. */
export interface StudyPlanDescription {
  readonly studies: readonly StudySettings[];
  readonly stages: readonly PlannedStage[];
  /** Seconds until the end with this many processes, of the stages whose time is known. */
  readonly expectedSeconds: number;
  /** Stages still to be done of whose time nothing is known. */
  readonly unknown: number;
}

/**
 * What `runStudies` would do, without doing it.
 *
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
  const store = await studyStore(options.store);
  const secondsOf = await expectedSeconds(store);
  const {
    stages,
    names: { title, suffix },
  } = await stagesOfStudies(studies, backend);
  const described: PlannedStage[] = [];
  for (const stage of stages) {
    const seconds = secondsOf(stage);
    const state = await store.state(stage);
    const failure = state === 'failed' ? await store.failure(stage) : undefined;
    described.push({
      title: `${title(stage)}${suffix(stage)}`,
      kind: stage.kind.name,
      folder: store.location(stage),
      state,
      ...(seconds !== undefined && { seconds }),
      ...(failure !== undefined && { failure }),
      settings: stage.settings,
    });
  }
  const due = described.filter(({ state }) => state !== 'finished');
  return {
    studies,
    stages: described,
    expectedSeconds: due.reduce((sum, { seconds = 0 }) => sum + seconds, 0) / processes,
    unknown: due.filter(({ seconds }) => seconds === undefined).length,
  };
}
