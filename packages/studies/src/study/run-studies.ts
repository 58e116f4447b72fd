import { join } from 'node:path';
import { mixtureStudy } from '@ais/kl/mixture-study';
import type { BackendReport } from '@ais/runtime';
import { type DirectoryStore, runStages, type StageSpec, stagesInOrder } from '@ais/workflow';
import { softwareVersions } from '../stages/software-versions.js';
import type { StageContext } from '../stages/stage-context.js';
import { stageExecutor } from '../stages/stage-executor.js';
import { writeStudyReport } from '../study-report/study-report-files.js';
import { collectStudyData, finishedRuns } from './collect-study-data.js';
import { type NamedStages, nameStages } from './stage-titles.js';
import type { MixtureStudyData, PolicyStudyData, StudyData } from './study-data.js';
import { StudyFailedError } from './study-errors.js';
import { planStudies, type StudyPlan } from './study-plan.js';
import {
  isMixtureStudy,
  type MixtureStudySettings,
  type PolicyStudySettings,
  type StudySettings,
} from './study-settings.js';
import { expectedSeconds, studyStore } from './study-store.js';
import { writeStudyData } from './write-study-data.js';

/** How far the stages of studies have come. */
export interface StudyStanding {
  readonly finished: number;
  readonly total: number;
  /** Seconds until the end, of the stages whose time is known. */
  readonly expectedSeconds: number;
  /** Stages still to be done of whose time nothing is known. */
  readonly unknown: number;
}

export interface RunStudiesOptions extends Partial<Pick<StageContext, 'signal' | 'progress'>> {
  readonly studies: readonly StudySettings[];
  /** Where stages are kept; studies share it. */
  readonly store: string;
  /** Where the data go: a folder for each study. */
  readonly out: string;
  /** Stages at work at once, each in a process of its own; 1 does them in this one. */
  readonly processes?: number;
  /** The back end that computes, as `useBackend` reported it. */
  readonly backend: Pick<BackendReport, 'backend'>;
  /** Told at the start, and whenever a stage is done. */
  readonly onStages?: (standing: StudyStanding) => void;
  /** The command that makes a study's data again. */
  readonly command?: (settings: StudySettings) => string;
}

/**
 * Does studies: all their stages that the store does not hold yet, side by side, then their data into `out`
 * (`<study>/study.json`, `points.csv`, `training.csv`) and what they show: see `writeStudyReport`.
 *
 * It can be stopped at any moment and called again: it goes on where it was.
 *
 * @returns the data of each study
 * @throws {StudyFailedError} where stages failed; the runs that do not rest on them are finished and written all the same
 * @throws the signal's reason, or what a stopped training throws, when the signal aborts
 */
export async function runStudies(options: RunStudiesOptions): Promise<StudyData[]> {
  const { studies, out, backend, command = () => '' } = options;
  const { store, plans, failure } = await finishStages(options);
  const data: StudyData[] = [];
  for (const settings of studies) {
    const facts = { command: command(settings), backend: backend.backend };
    const plan = plans.get(settings);
    const own = isMixtureStudy(settings)
      ? mixtureStudyData(settings, facts)
      : plan && (await finishedData(settings, plan, store, facts));
    if (!own) continue;
    await writeStudyData(join(out, own.study), own);
    data.push(own);
  }
  if (data.length > 0) await writeStudyReport(out, data);
  if (failure) throw failure;
  return data;
}

/** The stages of studies, done as far as they can be. */
export interface FinishedStages {
  readonly store: DirectoryStore;
  readonly plans: ReadonlyMap<StudySettings, StudyPlan>;
  readonly failure?: StudyFailedError;
}

/** Does all stages of studies that the store does not hold yet; throws only when the signal aborts. */
export async function finishStages(options: RunStudiesOptions): Promise<FinishedStages> {
  const { studies, out, backend, processes = 1 } = options;
  const { signal = new AbortController().signal, progress = () => {}, onStages = () => {} } = options;
  const store = studyStore(options.store);
  const plans = await planStudies(studies, backend.backend);
  const targets = [...plans.values()].flatMap(({ runs }) => runs.map(({ stage }) => stage));
  const names = nameStages([...plans.values()]);
  const standing = await stagesLeft(targets, store);
  onStages(await standing.report(processes));
  const { failures } = await runStages(targets, {
    store,
    executor: stageExecutor(store, processes),
    names,
    signal,
    progress,
    onDone: async (stage) => {
      if (standing.settle(stage)) onStages(await standing.report(processes));
    },
  });
  if (signal.aborted) throw failures[0]?.error ?? signal.reason;
  return { store, plans, ...(failures.length > 0 && { failure: failed(failures, names, out) }) };
}

/** The data of the runs that are finished; nothing if none is. */
async function finishedData(
  settings: PolicyStudySettings,
  plan: StudyPlan,
  store: DirectoryStore,
  facts: { readonly command: string; readonly backend: string },
): Promise<PolicyStudyData | undefined> {
  const { study } = settings;
  if (study === 'search' || (await finishedRuns(plan, store)).length === 0) return undefined;
  return collectStudyData({ ...settings, study }, plan, store, facts);
}

function mixtureStudyData(
  { scale, seeds, pairs }: MixtureStudySettings,
  facts: { readonly command: string; readonly backend: string },
): MixtureStudyData {
  const started = performance.now();
  const mixture = mixtureStudy({ seed: seeds[0] ?? 1, pairs });
  return {
    study: 'fig1',
    scale,
    seeds,
    ...facts,
    versions: softwareVersions(),
    settings: { pairs },
    seconds: (performance.now() - started) / 1000,
    mixture,
  };
}

function failed(
  failures: readonly { readonly stage: StageSpec; readonly error: Error }[],
  { title, suffix }: NamedStages,
  out: string,
): StudyFailedError {
  return new StudyFailedError(
    failures.map(({ stage, error }) => ({ title: `${title(stage)}${suffix(stage)}`, error })),
    `What does not rest on them was finished, and its data are in ${out}. The same command resumes.`,
  );
}

/** Keeps count of the stages that are left. */
async function stagesLeft(
  targets: readonly StageSpec[],
  store: DirectoryStore,
): Promise<{
  /** Whether the stage was one of them. */
  readonly settle: (stage: StageSpec) => boolean;
  readonly report: (processes: number) => Promise<StudyStanding>;
}> {
  const stages = stagesInOrder(targets);
  const left = new Map<string, StageSpec>();
  for (const stage of stages) if ((await store.state(stage)) !== 'finished') left.set(stage.key, stage);
  return {
    settle: ({ key }) => left.delete(key),
    report: async (processes) => {
      // Read again: the stages that were just finished tell how long those like them will take.
      const seconds = [...left.values()].map(await expectedSeconds(store));
      return {
        finished: stages.length - left.size,
        total: stages.length,
        expectedSeconds: seconds.reduce<number>((sum, value) => sum + (value ?? 0), 0) / processes,
        unknown: seconds.filter((value) => value === undefined).length,
      };
    },
  };
}
